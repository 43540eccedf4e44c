import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { randomUUID } from 'node:crypto';
import { sampleRecord } from 'measuring';
import { typeormSessions } from 'nestjs-shared-session/typeorm';
import { figureOfRounds, percent } from 'shared-session-demo/lab';
import { startMariadbPair } from 'throwaway-servers';
import { closing } from './closing.js';
import type { OwnTrial, TrialChoice } from './own-trial.js';

const READS = { quick: 20, thorough: 60 } as const;
const ROUNDS = 3;

/** Claims M3 and S2: what a copy that is told afterwards shows right after a write. */
export const REPLICA: OwnTrial = {
  name: 'replica',
  way: 'mysql',
  title: 'Write at the primary, read at a copy at once',
  explanation:
    'A MySQL has a replica that is told of writes afterwards. A row is written at the primary and read at the replica at once, plainly; then the same with ' +
    'our repository reading from replicas, which knows the version that a visitor has seen and asks the primary when the copy is behind.',
  run: async ({ pace, progress, signal }) =>
    closing(async (later) => {
      progress('a primary and its replica are started');
      const pair = await startMariadbPair();
      later(() => pair.stop());
      const plain = await plainRounds([pair.primary.url, pair.replica.url], { pace, progress, signal });
      const sessions = typeormSessions({ url: pair.primary.url, replicas: [pair.replica.url], reads: 'replica' });
      await sessions.onModuleInit();
      later(() => sessions.onApplicationShutdown());
      const ours = await rounds({ pace, progress, signal }, 'our repository', async () => {
        const record = sampleRecord();
        await sessions.save(record);
        await sessions.save({ ...record, version: 1, writeId: randomUUID(), payload: '1["seen",4]\ntrue' });
        const found = await sessions.load(record.id, 2);
        return found !== null && 'payload' in found && found.payload === '1["seen",4]\ntrue';
      });
      const name = { unit: '%', good: 'low' } as const;
      return {
        summary: `Right after a write, ${plain.at(-1)?.toFixed(0)} % of plain reads at the copy were stale, and ${ours.at(-1)?.toFixed(0)} % of ours (last round).`,
        figures: [
          figureOfRounds({ name: 'stale reads at the copy, plain', ...name }, plain),
          figureOfRounds({ name: 'stale reads at the copy, ours', ...name }, ours),
        ],
        picture: {
          kind: 'bars',
          unit: '% stale',
          bars: [
            { name: 'plain', value: plain.at(-1) ?? 0 },
            { name: 'ours', value: ours.at(-1) ?? 0 },
          ],
        },
      };
    }),
};

async function plainRounds([at = '', copy = '']: readonly string[], choice: TrialChoice): Promise<number[]> {
  return closing(async (later) => {
    const primary = createPool({ uri: at, connectionLimit: 1 });
    later(() => primary.end());
    const replica = createPool({ uri: copy, connectionLimit: 1 });
    later(() => replica.end());
    await primary.query('CREATE TABLE plain (id INT PRIMARY KEY, value INT)');
    await primary.query('INSERT INTO plain VALUES (1, 0)');
    let written = 0;
    return rounds(choice, 'plainly', async () => {
      written += 1;
      await primary.query('UPDATE plain SET value = ? WHERE id = 1', [written]);
      return (await valueAt(replica)) === written;
    });
  });
}

/** Undefined as long as the table has not arrived. */
async function valueAt(pool: Pool): Promise<number | undefined> {
  const rows = await pool.query<RowDataPacket[]>('SELECT value FROM plain').catch(() => undefined);
  return rows?.[0][0]?.['value'] as number | undefined;
}

/** The share of stale reads, in percent, by round. */
async function rounds(
  { pace, progress, signal }: TrialChoice,
  what: string,
  isCurrent: () => Promise<boolean>,
): Promise<number[]> {
  const shares: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    progress(`${what}, round ${round + 1} of ${ROUNDS}`);
    let stale = 0;
    for (let read = 0; read < READS[pace]; read += 1) {
      signal.throwIfAborted();
      if (!(await isCurrent())) stale += 1;
    }
    shares.push(percent(stale, READS[pace]));
  }
  return shares;
}
