import { sampleRecord } from 'measuring';
import type { SessionRecord, SessionRepository } from 'nestjs-shared-session';
import { memcachedSessions } from 'nestjs-shared-session/memcached';
import { redisSessions } from 'nestjs-shared-session/redis';
import { figureOf } from 'shared-session-demo/lab';
import { Redis } from 'ioredis';
import { startMemcached, startRedis, type ThrowawayServer } from 'throwaway-servers';
import { saveAll, shareAlive } from './alive.js';
import { closing } from './closing.js';
import type { OwnTrial } from './own-trial.js';

const SESSIONS = { quick: 50, thorough: 200 } as const;
const COPIED_WITHIN_MS = 10_000;

type Opened = SessionRepository & { onModuleInit(): Promise<void>; onApplicationShutdown(): Promise<void> };
type Later = (end: () => unknown) => void;

/** Claims R1 and R2: what is left of the sessions when the server is killed. */
export const KILLED_STORE: OwnTrial = {
  name: 'killed-store',
  way: 'redis',
  title: 'Kill the server, start it again, or promote its copy',
  explanation:
    'Sessions are stored in a Redis with an append-only log, a Redis without, and a memcached; each is killed with kill -9 and started again, and the sessions are read. ' +
    'Then a Redis with a replica is killed, the replica is promoted, and the sessions are read there.',
  run: async ({ pace, progress }) =>
    closing(async (later) => {
      const records = (): SessionRecord[] => Array.from({ length: SESSIONS[pace] }, () => sampleRecord());
      progress('redis with a log is killed');
      const log = await afterRestart(
        await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'everysec'] }),
        redisSessions,
        records(),
        later,
      );
      progress('redis without a log is killed');
      const none = await afterRestart(await startRedis(), redisSessions, records(), later);
      progress('memcached is killed');
      const memcached = await afterRestart(await startMemcached(), memcachedSessions, records(), later);
      progress('a copy of redis is promoted');
      const copied = await atTheCopy(records(), later);
      const bars = [
        { name: 'redis with a log', value: log },
        { name: 'redis without', value: none },
        { name: 'memcached', value: memcached },
        { name: 'at the copy of redis', value: copied },
      ];
      const name = { unit: '%', good: 'high' } as const;
      return {
        summary: `After kill -9 and a restart, ${log.toFixed(0)} % of the sessions were there with a log, ${none.toFixed(0)} % without, ${memcached.toFixed(0)} % in memcached; ${copied.toFixed(0)} % at the promoted copy.`,
        figures: [
          figureOf({ name: 'sessions after a restart, with a log', ...name }, log),
          figureOf({ name: 'sessions after a restart, without', ...name }, none),
          figureOf({ name: 'sessions after a restart, memcached', ...name }, memcached),
          figureOf({ name: 'sessions at the copy', ...name }, copied),
        ],
        picture: { kind: 'bars', unit: '% alive', bars },
      };
    }),
};

async function afterRestart(
  server: ThrowawayServer,
  repositoryAt: (url: string) => Opened,
  records: readonly SessionRecord[],
  later: Later,
): Promise<number> {
  later(() => server.stop());
  const sessions = await opened(repositoryAt(server.url), later);
  await saveAll(sessions, records);
  await server.kill();
  await server.restart();
  return shareAlive(sessions, records);
}

async function atTheCopy(records: readonly SessionRecord[], later: Later): Promise<number> {
  const master = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
  later(() => master.stop());
  const copy = await startRedis({ replicaOf: master.port });
  later(() => copy.stop());
  const client = new Redis(master.url);
  client.on('error', () => undefined);
  later(() => client.disconnect());
  await saveAll(await opened(redisSessions(master.url), later), records);
  // What WAIT waits for are the writes of its own connection, and all before them.
  await client.set('written', 'last');
  if ((await client.wait(1, COPIED_WITHIN_MS)) < 1) throw new Error('The copy did not acknowledge in time');
  await master.kill();
  const promoted = new Redis(copy.url);
  later(() => promoted.disconnect());
  await promoted.replicaof('NO', 'ONE');
  return shareAlive(await opened(redisSessions(copy.url), later), records);
}

async function opened(sessions: Opened, later: Later): Promise<Opened> {
  await sessions.onModuleInit();
  later(() => sessions.onApplicationShutdown());
  return sessions;
}
