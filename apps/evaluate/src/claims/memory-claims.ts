import { at, claim, type Claim } from './claim.js';
import {
  businessLatency,
  forgeriesBelieved,
  loggedInElsewhere,
  readLatency,
  readRate,
  staleReads,
} from './figure-names.js';

/** What is said of memcached and Redis. */
export const MEMORY_CLAIMS: readonly Claim[] = [
  claim({
    id: 'K1',
    experiment:
      'Over three memcached: log in at one instance and ask the others; write at one and read at another at once.',
    rule: 'Confirmed when every visitor is known everywhere and no read is stale.',
    figures: { elsewhere: loggedInElsewhere('memcached'), stale: staleReads('memcached') },
    judge: ({ elsewhere, stale }) => (elsewhere.value === 100 && stale.value === 0 ? 'confirmed' : 'refuted'),
  }),
  claim({
    id: 'K2',
    experiment: 'Business queries are timed with no sessions, with sessions in the same database, and in memcached.',
    rule: 'Confirmed when sessions in memcached slow the median business query by at most half of what sessions in the same database do.',
    figures: {
      without: businessLatency('nowhere'),
      beside: businessLatency('the same database'),
      memcached: businessLatency('memcached'),
    },
    judge: ({ without, beside, memcached }) =>
      memcached.value - without.value <= Math.max(0, beside.value - without.value) / 2 ? 'confirmed' : 'refuted',
  }),
  claim({
    id: 'K3',
    experiment: 'Cookies are forged against a plain cookie, against our sealed one, and against sessions in memcached.',
    rule: 'Refuted when memcached believes a forgery, or the plain cookie none. Answered when our sealed cookie believes none either. Else confirmed.',
    figures: {
      plain: at('cookie', 'plain-cookie', 'forgeries accepted'),
      memcached: forgeriesBelieved('memcached'),
      sealed: forgeriesBelieved('cookie'),
    },
    judge: ({ plain, memcached, sealed }) => {
      if (memcached.value > 0 || plain.value === 0) return 'refuted';
      return sealed.value === 0 ? 'answered' : 'confirmed';
    },
  }),
  claim({
    id: 'K4',
    experiment:
      'The same shop reads sessions from one memcached and from files in one directory (on a local disk, in the cache of the system) as fast as it can.',
    rule: 'Confirmed when the median read from files takes at least twice as long as from memcached.',
    figures: { memcached: readLatency('memcached'), files: readLatency('one-directory') },
    judge: ({ memcached, files }) => (files.value >= memcached.value * 2 ? 'confirmed' : 'refuted'),
  }),
  claim({
    id: 'K5',
    experiment:
      'Sessions of all sizes are stored in a small memcached until it is full; the same with a Redis behind it.',
    rule: 'Refuted when less than a twentieth of its memory is without data, or it loses no session. Answered when none is lost with a lasting store behind. Else confirmed.',
    figures: {
      unused: at('memcached', 'slabs', 'memory without data'),
      lost: at('memcached', 'slabs', 'sessions lost'),
      tiered: at('memcached', 'slabs', 'sessions lost with redis behind'),
    },
    judge: ({ unused, lost, tiered }) => {
      if (unused.value < 5 || lost.value === 0) return 'refuted';
      return tiered.value === 0 ? 'answered' : 'confirmed';
    },
  }),
  claim({
    id: 'R1',
    experiment:
      'A Redis with a log, a Redis without, and a memcached are killed with sessions in them and started again.',
    rule: 'Confirmed when all sessions come back with the log, and none does without.',
    figures: {
      log: at('redis', 'killed-store', 'sessions after a restart, with a log'),
      none: at('redis', 'killed-store', 'sessions after a restart, without'),
      memcached: at('redis', 'killed-store', 'sessions after a restart, memcached'),
    },
    judge: ({ log, none, memcached }) =>
      log.value === 100 && none.value === 0 && memcached.value === 0 ? 'confirmed' : 'refuted',
  }),
  claim({
    id: 'R2',
    experiment: 'The master is killed and its copy is promoted; every session was acknowledged by the copy before.',
    rule: 'Confirmed when all sessions are at the copy.',
    figures: { copied: at('redis', 'killed-store', 'sessions at the copy') },
    judge: ({ copied }) => (copied.value === 100 ? 'confirmed' : 'refuted'),
  }),
  claim({
    id: 'R3',
    experiment:
      'All ways that keep sessions in a store of their own read as fast as they can, each from one server or one directory, and are asked right after a write.',
    rule: 'Confirmed when redis and memcached read faster than mysql and files, and none of their reads is stale.',
    figures: {
      redis: readRate('redis'),
      memcached: readRate('memcached'),
      mysql: readRate('mysql'),
      files: readRate('one-directory'),
      staleRedis: staleReads('redis'),
      staleMemcached: staleReads('memcached'),
    },
    judge: ({ redis, memcached, mysql, files, staleRedis, staleMemcached }) => {
      const faster = Math.min(redis.value, memcached.value) > Math.max(mysql.value, files.value);
      return faster && staleRedis.value + staleMemcached.value === 0 ? 'confirmed' : 'refuted';
    },
  }),
];
