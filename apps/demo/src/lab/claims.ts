/**
 * What an article of 2017 about several servers that share sessions states, in our words. M is MySQL, C the cookie, S from server to
 * server, N NFS, K memcached, R Redis.
 */
export const CLAIM_STATEMENTS = {
  0: 'Without shared sessions, a user who has logged in at server A is a stranger at server B behind the balancer.',
  M1: 'One MySQL server that every web server asks keeps the sessions in step.',
  M2: 'When that one server does not work, the whole system suffers.',
  M3: 'With a master and copies, every copy must have the table of sessions, in step in real time.',
  M4: 'Sessions in the business database add to its load and make a bottleneck worse.',
  M5: 'A database of their own is better than the business database, for that reason.',
  M6: 'Sessions are looked up often, and a database is not fast enough for that.',
  C1: 'The cookie can be the go-between: server B takes the session from the cookie of a client that A has served.',
  C2: 'A cookie is easily forged.',
  C3: 'A client that refuses cookies has no shared session.',
  S1: 'Copied to the other servers, the session is the same everywhere, and nobody logs in twice.',
  S2: 'Copying takes time, so that after a jump to another server the session may not be there yet.',
  S3: 'The copying is one-way: when the login server is down, the system does not work.',
  N1: 'All web servers write to one shared directory (NFS), so that all share the sessions.',
  N2: 'When the file server is down, nobody can work.',
  N3: 'Several file servers that are kept in step would help.',
  K1: 'Memcached joins the memory of several servers into a pool; whoever has made a session, all can use it.',
  K2: 'Memcached does not burden the database.',
  K3: 'Memcached is much safer than the cookie.',
  K4: 'Memory is much faster than reading files.',
  K5: 'Memcached has blocks of fixed sizes: memory is not used fully, and it runs over when blocks do not suffice.',
  R1: 'Redis keeps sessions in memory as memcached does, and writes them to disk from time to time or appends them to a log.',
  R2: 'Redis has a master and copies on top of that.',
  R3: 'In practice one takes memcached or redis.',
} as const;

/** The number of a claim. */
export type ClaimId = `${keyof typeof CLAIM_STATEMENTS}`;
