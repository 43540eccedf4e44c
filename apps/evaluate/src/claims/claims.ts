import type { Trial } from '../results.js';
import { type Claim, type Finding, judge } from './claim.js';
import { COOKIE_CLAIMS } from './cookie-claims.js';
import { GENERAL_CLAIMS } from './general-claims.js';
import { MEMORY_CLAIMS } from './memory-claims.js';
import { MYSQL_CLAIMS } from './mysql-claims.js';
import { SERVER_CLAIMS } from './server-claims.js';

/** Every claim of the article, each with how it is tried and judged. */
export const CLAIMS: readonly Claim[] = [
  ...GENERAL_CLAIMS,
  ...MYSQL_CLAIMS,
  ...COOKIE_CLAIMS,
  ...SERVER_CLAIMS,
  ...MEMORY_CLAIMS,
];

/** Every claim, judged by these trials. */
export function findingsOf(trials: readonly Trial[]): readonly Finding[] {
  return CLAIMS.map((claim) => judge(claim, trials));
}
