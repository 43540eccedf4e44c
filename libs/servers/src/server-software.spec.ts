import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findServer, MissingServerError, requireServer } from './server-software.js';

const UNKNOWN = { binary: 'no-such-server', aptPackage: 'no-such-package', urlVariable: 'NO_SUCH_URL' };

describe('finding a server', () => {
  const path = process.env['PATH'];
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'find-server-'));
    process.env['PATH'] = [folder, path].join(delimiter);
  });
  afterEach(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  });

  it('takes the first executable on PATH', () => {
    writeFileSync(join(folder, 'redis-server'), '#!/bin/sh\n', { mode: 0o755 });
    expect(findServer('redis-server')).toBe(join(folder, 'redis-server'));
  });

  it('passes over a file that cannot be executed', () => {
    writeFileSync(join(folder, UNKNOWN.binary), '', { mode: 0o644 });
    expect(findServer(UNKNOWN.binary)).toBeUndefined();
    chmodSync(join(folder, UNKNOWN.binary), 0o755);
    expect(findServer(UNKNOWN.binary)).toBe(join(folder, UNKNOWN.binary));
  });

  it('looks where servers usually are when PATH does not lead there', () => {
    process.env['PATH'] = folder;
    expect(findServer('sh')).toBe('/usr/bin/sh');
  });

  it('says in one line what to install and which variable to set when there is none', () => {
    expect(() => requireServer(UNKNOWN)).toThrow(MissingServerError);
    expect(() => requireServer(UNKNOWN)).toThrow(
      /^no-such-server .* apt-get install no-such-package.* NO_SUCH_URL .*$/,
    );
  });
});
