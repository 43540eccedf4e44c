/**
 * The compliance suite: every promise of the repository contract as a test. It asks a repository for its `guarantees` and
 * expects what they say; there is nothing to switch off. For any test runner that has `describe` and `it`:
 *
 * ```ts
 * import { describe, it } from 'vitest';
 * import { sessionRepositoryCompliance } from 'nestjs-shared-session/testing';
 *
 * sessionRepositoryCompliance({ describe, it }, 'Redis', () => ({ a: redisSessions(url), b: redisSessions(url) }));
 * ```
 *
 * `a` and `b` are the repository at two servers, over one store that is empty for each test: a prefix or a directory of
 * its own. (So tests may run at the same time: `it: it.concurrent`.) `onModuleInit` and `onApplicationShutdown` of both
 * are called as Nest would call them; then `dispose()` removes the store. A store that expires in coarse steps says so
 * with `expiryResolutionMs`. See `ComplianceStore`.
 *
 * To run the cases by other means: `complianceCases` and `runComplianceCase`.
 *
 * `newRecord` makes a record that is not stored yet, for tests of a repository's own.
 *
 * `testSession` makes a session for the unit test of a handler, without module or store.
 *
 * And `laggingSessions`: a correct repository whose reads lag behind as long as a test wants, to try the version floor.
 */
export type { ComplianceCase, ComplianceStore, CreateComplianceStore } from './compliance-case.js';
export type { ComplianceContext } from './compliance-context.js';
export {
  LaggingSessionRepository,
  type LaggingSessionsOptions,
  laggingSessions,
} from './lagging-session.repository.js';
export {
  type ComplianceRunner,
  complianceCases,
  runComplianceCase,
  sessionRepositoryCompliance,
} from './session-repository-compliance.js';
export { newRecord, payloadOf, type RecordChoice } from './sample-session.js';
export { testSession } from './test-session.js';
