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

  load(token: string, atLeast: number | undefined, budget: WorkBudget): Promise<LoadedRecord | RejectedRecord | null> {
    return this.call(budget, 'not-executed', () => this.repository.load(token, atLeast));
  }

  save(record: SessionRecord, budget: WorkBudget): Promise<SaveResult> {
    return this.call(budget, 'unknown', () => this.repository.save(record));
  }

  touch(record: SessionRecord, expiresAt: number, budget: WorkBudget): Promise<SaveResult> {
    return this.call(budget, 'unknown', () => this.repository.touch(record, expiresAt));
  }

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
    let timedOut = false;
    try {
      const answer = await budget.spend(invoke(), this.commandTimeoutMs, (ms) => {
        timedOut = true;
        return new SessionStoreError(`no answer within ${Math.round(ms)} ms`, outcome);
      });
      this.health.succeeded();
      return answer;
    } catch (error) {
      const reported = error instanceof SessionError ? error : new SessionStoreError(nameOf(error), outcome);
      if (reported instanceof SessionStoreError) this.health.failed(reported, timedOut);
      throw reported;
    }
  }
}

function nameOf(error: unknown): string {
  return `the repository threw ${error instanceof Error ? error.name : typeof error}`;
}
