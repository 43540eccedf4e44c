import { SessionError, SessionStoreError } from '../contracts/errors.js';
import type { LoadedRecord, RejectedRecord, SessionRecord } from '../contracts/record.js';
import type { DestroyResult, Guarantees, SaveResult, SessionRepository } from '../contracts/repository.js';
import { hasProbe } from '../contracts/repository-probe.js';
import { DeadlineWatch } from './deadline-watch.js';
import type { SessionEvents } from './session-events.js';
import { StoreHealth } from './store-health.js';
import { WorkBudget } from './work-budget.js';

/**
 * The only way to the repository. Every call ends within the command's deadline and the request's budget; a late answer
 * reaches nobody; whatever a repository throws becomes a `SessionStoreError` without its cause, which may hold the session.
 */
export class StoreAccess {
  private readonly health: StoreHealth;
  private readonly watch = new DeadlineWatch();

  constructor(
    private readonly repository: SessionRepository,
    private readonly commandTimeoutMs: number,
    events: SessionEvents,
  ) {
    this.health = new StoreHealth(events);
  }

  /** The time that a request, or whatever else works with the store, may spend on it. */
  budget(totalMs: number): WorkBudget {
    return new WorkBudget(totalMs, this.watch);
  }

  get guarantees(): Guarantees {
    return this.repository.guarantees;
  }

  /** As `SessionRepository.load`. A read that fails was not executed. */
  load(token: string, atLeast: number | undefined, budget: WorkBudget): Promise<LoadedRecord | RejectedRecord | null> {
    return this.call(budget, 'not-executed', () => this.repository.load(token, atLeast));
  }

  /** As `SessionRepository.save`. Of a write that ran out of time nobody knows whether it was executed. */
  save(record: SessionRecord, budget: WorkBudget): Promise<SaveResult> {
    return this.call(budget, 'unknown', () => this.repository.save(record));
  }

  /** As `SessionRepository.touch`, and as `save` when it fails. */
  touch(record: SessionRecord, expiresAt: number, budget: WorkBudget): Promise<SaveResult> {
    return this.call(budget, 'unknown', () => this.repository.touch(record, expiresAt));
  }

  /** As `SessionRepository.destroy`, and as `save` when it fails. */
  destroy(token: string, version: number | undefined, budget: WorkBudget): Promise<DestroyResult> {
    return this.call(budget, 'unknown', () => this.repository.destroy(token, version));
  }

  /** Whether the store answers, asked with a token that nobody has. */
  async probe(token: string, budget: WorkBudget): Promise<void> {
    const { repository } = this;
    await this.call<unknown>(budget, 'not-executed', () =>
      hasProbe(repository) ? repository.probe() : repository.load(token),
    );
  }

  private async call<T>(budget: WorkBudget, outcome: 'not-executed' | 'unknown', invoke: () => Promise<T>): Promise<T> {
    budget.assertLeft();
    this.health.admit();
    let end: 'timeout' | 'cut' | undefined;
    try {
      const answer = await budget.spend(invoke(), this.commandTimeoutMs, (ms) => {
        end = ms < this.commandTimeoutMs ? 'cut' : 'timeout';
        return new SessionStoreError(`no answer within ${Math.round(ms)} ms`, outcome);
      });
      this.health.succeeded();
      return answer;
    } catch (error) {
      const reported = error instanceof SessionError ? error : new SessionStoreError(nameOf(error), outcome);
      // A request that has little time left learns nothing about the store.
      if (reported instanceof SessionStoreError && end !== 'cut') this.health.failed(reported, end === 'timeout');
      throw reported;
    }
  }
}

function nameOf(error: unknown): string {
  return `the repository threw ${error instanceof Error ? error.name : typeof error}`;
}
