import { sampleRecord } from 'measuring';
import type { SessionRecord } from 'nestjs-shared-session';
import { memcachedSessions } from 'nestjs-shared-session/memcached';
import { redisSessions } from 'nestjs-shared-session/redis';
import { tieredSessions } from 'nestjs-shared-session/tiered';
import { figureOf, percent } from 'shared-session-demo/lab';
import { MemcachedAdmin, startMemcached, startRedis } from 'throwaway-servers';
import { saveAll } from './alive.js';
import { closing } from './closing.js';
import type { OwnTrial } from './own-trial.js';

const MEGABYTES = 4;
/** More than fits. */
const SESSIONS = { quick: 900, thorough: 1_800 } as const;
/** From a login and no more to a full basket. */
const SIZES = [200, 700, 1_500, 3_000, 6_000, 12_000];

/** Claim K5: what fixed sizes of blocks cost, and what happens when they run out. */
export const SLABS: OwnTrial = {
  name: 'slabs',
  way: 'memcached',
  title: 'Fill a small memcached',
  explanation:
    `Sessions of ${SIZES.length} sizes are stored in a memcached of ${MEGABYTES} MB until more are stored than fit; its own statistics say how much of the memory that it has taken holds data, ` +
    'and then every session is read. The same with a Redis behind it (tieredSessions), for which memcached is only the quick copy.',
  run: async ({ pace, progress }) =>
    closing(async (later) => {
      const servers = [await startMemcached({ args: ['-m', String(MEGABYTES)] })];
      later(() => servers[0]?.stop());
      const alone = memcachedSessions(servers[0]?.url ?? '');
      await alone.onModuleInit();
      later(() => alone.onApplicationShutdown());
      const records = recordsOf(SESSIONS[pace]);
      progress('memcached is filled');
      await saveAll(alone, records);
      const admin = new MemcachedAdmin(servers[0]?.port ?? 0);
      const { bytes, evictions } = await admin.stats();
      const { total_malloced: taken } = await admin.stats('slabs');
      const lost = records.length - (await countAlive(alone, records));
      progress('memcached in front of redis is filled');
      const small = await startMemcached({ args: ['-m', String(MEGABYTES)] });
      later(() => small.stop());
      const redis = await startRedis();
      later(() => redis.stop());
      const tiered = tieredSessions({ front: memcachedSessions(small.url), behind: redisSessions(redis.url) });
      await tiered.onModuleInit();
      later(() => tiered.onApplicationShutdown());
      await saveAll(tiered, records);
      const lostTiered = records.length - (await countAlive(tiered, records));
      const unused = 100 - percent(Number(bytes), Number(taken));
      return {
        summary: `${unused.toFixed(0)} % of the memory that memcached had taken held no data when it threw ${evictions} sessions out; ${lost} of ${records.length} were gone, with redis behind ${lostTiered}.`,
        figures: [
          figureOf({ name: 'memory without data', unit: '%', good: 'low' }, unused),
          figureOf({ name: 'evictions counted by memcached', unit: 'sessions', good: 'low' }, Number(evictions)),
          figureOf({ name: 'sessions lost', unit: 'sessions', good: 'low' }, lost),
          figureOf({ name: 'sessions lost with redis behind', unit: 'sessions', good: 'low' }, lostTiered),
          figureOf({ name: 'sessions', unit: 'sessions' }, records.length),
        ],
        picture: {
          kind: 'bars',
          unit: 'sessions',
          bars: [
            { name: 'kept', value: records.length - lost },
            { name: 'lost', value: lost },
            { name: 'lost with redis behind', value: lostTiered },
          ],
        },
      };
    }),
};

function recordsOf(count: number): SessionRecord[] {
  return Array.from({ length: count }, (_, index) =>
    sampleRecord({ filler: 'x'.repeat(SIZES[index % SIZES.length] ?? 0) }),
  );
}

async function countAlive(
  sessions: { load(id: string): Promise<unknown> },
  records: readonly SessionRecord[],
): Promise<number> {
  let alive = 0;
  for (const { id } of records) if ((await sessions.load(id)) !== null) alive += 1;
  return alive;
}
