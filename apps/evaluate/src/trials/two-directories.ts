import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleRecord } from 'measuring';
import { fileSessions } from 'nestjs-shared-session/files';
import { tieredSessions } from 'nestjs-shared-session/tiered';
import { figureOf } from 'shared-session-demo/lab';
import { saveAll, shareAlive } from './alive.js';
import { closing } from './closing.js';
import type { OwnTrial } from './own-trial.js';

const SESSIONS = { quick: 30, thorough: 100 } as const;
/** Both are written at every change, so that a copy is as good as what it is a copy of. */
const FRESH_FOR_MS = 3_600_000;

/** Claims N2 and N3: sessions in two directories that are kept in step. */
export const TWO_DIRECTORIES: OwnTrial = {
  name: 'two-directories',
  way: 'files',
  title: 'Two directories in step',
  explanation:
    'Sessions are written to two directories at every change (tieredSessions of two fileSessions). ' +
    'One is taken away, then the other, and every session is read. Writes and logins need the second of the two.',
  run: async ({ pace, progress }) =>
    closing(async (later) => {
      const folder = await mkdtemp(join(tmpdir(), 'evaluate-directories-'));
      later(() => rm(folder, { recursive: true, force: true }));
      const [behind, front] = [join(folder, 'first'), join(folder, 'second')];
      const stores = { behind: fileSessions(behind), front: fileSessions(front) };
      const sessions = tieredSessions({ ...stores, freshForMs: FRESH_FOR_MS });
      await sessions.onModuleInit();
      later(() => sessions.onApplicationShutdown());
      const records = Array.from({ length: SESSIONS[pace] }, () => sampleRecord());
      progress('sessions are written');
      await saveAll(sessions, records);
      const withoutFirst = await without(behind, () => shareAlive(sessions, records));
      const withoutSecond = await without(front, () => shareAlive(sessions, records));
      return {
        summary: `Without the first directory ${withoutFirst.toFixed(0)} % of the sessions could be read, without the second ${withoutSecond.toFixed(0)} %.`,
        figures: [
          figureOf({ name: 'readable without the first', unit: '%', good: 'high' }, withoutFirst),
          figureOf({ name: 'readable without the second', unit: '%', good: 'high' }, withoutSecond),
          figureOf({ name: 'sessions', unit: 'sessions' }, records.length),
        ],
        picture: {
          kind: 'bars',
          unit: '% readable',
          bars: [
            { name: 'without the first', value: withoutFirst },
            { name: 'without the second', value: withoutSecond },
          ],
        },
      };
    }),
};

/** While a file stands where the directory was. */
async function without<T>(path: string, work: () => Promise<T>): Promise<T> {
  await rename(path, `${path}.gone`);
  await writeFile(path, '');
  try {
    return await work();
  } finally {
    await rm(path);
    await rename(`${path}.gone`, path);
  }
}
