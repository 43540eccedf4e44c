import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { findServer } from './server-software.js';
import { installServer } from './server-installation.js';

describe('installing a server', () => {
  it('does nothing, and says nothing, when the server is there', async () => {
    const said: string[] = [];
    const shell = { binary: 'sh', aptPackage: 'dash', urlVariable: 'SHELL_URL' };
    expect(await installServer(shell, (line) => said.push(line))).toBe(findServer('sh'));
    expect(said).toEqual([]);
  });

  it('says what to install, and touches nothing, when we are not root', async () => {
    const library = new URL('../dist/index.js', import.meta.url).href;
    const script = `
      import { installServer } from '${library}';
      if (process.getuid() === 0) process.setuid(65534);
      await installServer({ binary: 'no-such-server', aptPackage: 'no-such-package', urlVariable: 'X_URL' })
        .catch((error) => process.stdout.write(error.name + ': ' + error.message));
    `;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stdout).toMatch(/^MissingServerError: no-such-server .* apt-get install no-such-package.* X_URL .*$/);
    expect(stderr).toBe('');
  });
});
