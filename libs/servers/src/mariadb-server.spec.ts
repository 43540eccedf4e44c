import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { startMariadb } from './mariadb-server.js';
import { requireServer } from './server-software.js';

const START_MS = 60_000;

afterEach(() => void vi.unstubAllEnvs());

async function temporaryDirectoryOf(url: string): Promise<unknown> {
  const connection = await createConnection(url);
  const [rows] = await connection.query<RowDataPacket[]>('SELECT @@tmpdir AS directory');
  await connection.end();
  return rows[0]?.['directory'];
}

it(
  'A MariaDB shares no directory with another, which would remove its temporary tables when it starts',
  async () => {
    const [one, other] = await Promise.all([startMariadb(), startMariadb()]);
    onTestFinished(async () => void (await Promise.all([one.stop(), other.stop()])));
    const directories = [await temporaryDirectoryOf(one.url), await temporaryDirectoryOf(other.url)];
    expect(directories).not.toContain(tmpdir());
    expect(new Set(directories).size).toBe(2);
  },
  START_MS,
);

it(
  'A MariaDB whose first installation failed half-way is installed anew',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'failing-install-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const real = requireServer({ binary: 'mariadb-install-db', aptPackage: 'mariadb-server' });
    await writeFile(
      join(folder, 'mariadb-install-db'),
      `#!/bin/sh\nif [ -e ${folder}/tried ]; then exec ${real} "$@"; fi\ntouch ${folder}/tried\n` +
        'for word in "$@"; do case $word in --datadir=*) mkdir -p "${word#--datadir=}/mysql";; esac; done\nexit 1\n',
    );
    await chmod(join(folder, 'mariadb-install-db'), 0o755);
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
    const started = await startMariadb();
    onTestFinished(() => started.stop());
    expect(await temporaryDirectoryOf(started.url)).toBeTruthy();
  },
  START_MS,
);
