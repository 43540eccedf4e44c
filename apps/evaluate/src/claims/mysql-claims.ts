import { at, claim, type Claim, clearlyBelow } from './claim.js';
import {
  answeredWithoutInstance,
  answeredWithoutStore,
  businessLatency,
  loggedInElsewhere,
  readLatency,
  staleReads,
} from './figure-names.js';

/** What is said of sessions in a database. */
export const MYSQL_CLAIMS: readonly Claim[] = [
  claim({
    id: 'M1',
    experiment: 'Log in at one instance and ask the others; write at one and read at another at once.',
    rule: 'Confirmed when every visitor is known everywhere and no read is stale.',
    figures: { elsewhere: loggedInElsewhere('mysql'), stale: staleReads('mysql') },
    judge: ({ elsewhere, stale }) => (elsewhere.value === 100 && stale.value === 0 ? 'confirmed' : 'refuted'),
  }),
  claim({
    id: 'M2',
    experiment:
      'The only MySQL is killed under load; beside it, one of three instances that hold the sessions themselves is.',
    rule: 'Refuted when half of the requests or more are answered without the server. Answered when it suffers, but the replicated way answers 95 % without one of its members. Else confirmed.',
    figures: { alone: answeredWithoutStore('mysql'), replicated: answeredWithoutInstance('replicated') },
    judge: ({ alone, replicated }) => {
      if (alone.value >= 50) return 'refuted';
      return replicated.value >= 95 ? 'answered' : 'confirmed';
    },
  }),
  claim({
    id: 'M3',
    experiment:
      'Write at the primary and read at once at a replica that is told afterwards: plainly, and with our repository that knows which version the visitor has seen.',
    rule: 'Refuted when plain reads at the copy are not stale. Answered when they are and ours are not. Else confirmed.',
    figures: {
      plain: at('mysql', 'replica', 'stale reads at the copy, plain'),
      ours: at('mysql', 'replica', 'stale reads at the copy, ours'),
    },
    judge: ({ plain, ours }) => {
      if (plain.value === 0) return 'refuted';
      return ours.value === 0 ? 'answered' : 'confirmed';
    },
  }),
  claim({
    id: 'M4',
    experiment: 'Business queries are timed with no sessions, and with sessions in the same database.',
    rule: 'Confirmed when in every round the median business query is slower with the sessions beside it than in any round without.',
    figures: { without: businessLatency('nowhere'), beside: businessLatency('the same database') },
    judge: ({ without, beside }) => (clearlyBelow(without, beside) ? 'confirmed' : 'refuted'),
  }),
  claim({
    id: 'M5',
    experiment:
      'Business queries are timed with the sessions in the same database and in one of their own on the same machine.',
    rule: 'Confirmed when the median business query is faster by a twentieth or more with the sessions in a database of their own.',
    figures: { own: businessLatency('a database of their own'), beside: businessLatency('the same database') },
    judge: ({ own, beside }) => (own.value <= beside.value * 0.95 ? 'confirmed' : 'refuted'),
  }),
  claim({
    id: 'M6',
    experiment: 'The same shop reads sessions from MySQL and from Redis as fast as it can.',
    rule: 'Refuted when the median read from MySQL takes at most twice as long as from Redis. Else confirmed.',
    figures: { mysql: readLatency('mysql'), redis: readLatency('redis') },
    judge: ({ mysql, redis }) => (mysql.value <= redis.value * 2 ? 'refuted' : 'confirmed'),
  }),
];
