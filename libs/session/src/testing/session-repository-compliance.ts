import type { SessionRepository } from '../contracts/repository.js';
import { contentCases } from './cases/contents.js';
import { createCases } from './cases/create.js';
import { destroyCases } from './cases/destroy.js';
import { expiryCases } from './cases/expiry.js';
import { guaranteeCases } from './cases/guarantees.js';
import { loadCases } from './cases/load.js';
import { parallelCases } from './cases/parallel.js';
import { saveCases } from './cases/save.js';
import { touchCases } from './cases/touch.js';
import type { ComplianceCase, ComplianceStore, CreateComplianceStore } from './compliance-case.js';
import { ComplianceContext } from './compliance-context.js';
import type { Lifecycle } from './lifecycle.js';

/** The part of a test runner that the suite needs. Vitest, Jest and node:test have it. */
export interface ComplianceRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, run: () => Promise<void>, timeoutMs?: number) => unknown;
}

/** Every promise of the contract. */
export const complianceCases: readonly ComplianceCase[] = [
  ...guaranteeCases,
  ...createCases,
  ...loadCases,
  ...contentCases,
  ...saveCases,
  ...touchCases,
  ...destroyCases,
  ...expiryCases,
  ...parallelCases,
];

/**
 * Registers the whole suite with a test runner, one test per promise.
 *
 * @param runner `{ describe, it }` of the test runner
 * @param name of the repository, as it shall stand in the report
 * @param create gives an empty store to each test
 * @param timeoutMs for each test; default 60,000
 */
export function sessionRepositoryCompliance(
  { describe, it }: ComplianceRunner,
  name: string,
  create: CreateComplianceStore,
  timeoutMs = 60_000,
): void {
  describe(`${name} keeps the contract of a session repository`, () => {
    for (const promise of complianceCases) {
      it(`${promise.group}: ${promise.name}`, () => runComplianceCase(promise, create), timeoutMs);
    }
  });
}

/** Runs one case on a store of its own. Rejects when the promise is broken. */
export async function runComplianceCase(promise: ComplianceCase, create: CreateComplianceStore): Promise<void> {
  const store = await create();
  try {
    await callLifecycle(store, 'onModuleInit');
    await promise.run(new ComplianceContext(store));
  } finally {
    try {
      await callLifecycle(store, 'onApplicationShutdown');
    } finally {
      await store.dispose?.();
    }
  }
}

async function callLifecycle({ a, b }: ComplianceStore, method: keyof Lifecycle): Promise<void> {
  for (const repository of new Set<SessionRepository & Lifecycle>([a, b])) await repository[method]?.();
}
