import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { fileSessions } from './index.js';

sessionRepositoryCompliance({ describe, it }, 'Files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'file-sessions-'));
  return {
    a: fileSessions(directory),
    b: fileSessions(directory),
    dispose: () => rmSync(directory, { recursive: true }),
  };
});
