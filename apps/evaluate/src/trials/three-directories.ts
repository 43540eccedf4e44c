import { sampleRecord } from 'measuring';
import type { SessionRecord } from 'nestjs-shared-session';
import { fileSessions, type FileSessionsOptions } from 'nestjs-shared-session/files';
import { figureOf, openDirectories } from 'shared-session-demo/lab';
import { saveAll, shareAlive } from './alive.js';
import { closing } from './closing.js';
import type { OwnTrial } from './own-trial.js';

const SESSIONS = { quick: 30, thorough: 100 } as const;
const NAMES = ['first', 'second', 'third'];

/** Claim N3: sessions in three directories, of which any one may be missing. */
export const THREE_DIRECTORIES: OwnTrial = {
  name: 'three-directories',
  way: 'files',
  title: 'Three directories, each taken away in turn',
  explanation:
    'Sessions are written to three directories (fileSessions with `directories`). ' +
    'Each of them in turn is taken away; meanwhile every session is read, and as many new ones are written.',
  run: async ({ pace, progress, signal }) =>
    closing(async (later) => {
      const opened = await openDirectories(NAMES);
      later(() => opened.close());
      const sessions = fileSessions(JSON.parse(opened.address) as FileSessionsOptions);
      await sessions.onModuleInit();
      later(() => sessions.onApplicationShutdown());
      const records = recordsOf(SESSIONS[pace]);
      progress('sessions are written');
      await saveAll(sessions, records);
      const readable: number[] = [];
      const written: number[] = [];
      for (const directory of opened.servers) {
        signal.throwIfAborted();
        progress(`${directory.name} is taken away`);
        await directory.kill();
        readable.push(await shareAlive(sessions, records));
        const added = recordsOf(SESSIONS[pace]);
        for (const record of added) await sessions.save(record).catch(() => undefined);
        written.push(await shareAlive(sessions, added));
        await directory.bringBack();
      }
      const name = { unit: '%', good: 'high' } as const;
      return {
        summary: `Whichever of the three directories was gone, at least ${Math.min(...readable).toFixed(0)} % of the sessions could be read, and ${Math.min(...written).toFixed(0)} % of new ones be written.`,
        figures: [
          figureOf({ name: 'readable without one, at least', ...name }, Math.min(...readable)),
          figureOf({ name: 'written without one, at least', ...name }, Math.min(...written)),
          figureOf({ name: 'sessions', unit: 'sessions' }, records.length),
        ],
        picture: {
          kind: 'bars',
          unit: '% readable',
          bars: NAMES.map((gone, index) => ({ name: `without the ${gone}`, value: readable[index] ?? Number.NaN })),
        },
      };
    }),
};

function recordsOf(count: number): SessionRecord[] {
  return Array.from({ length: count }, () => sampleRecord());
}
