import { SessionStoreError } from '../contracts/errors.js';
import type { SessionEvents } from './session-events.js';

const TIMEOUTS_TO_OPEN = 5;
const PROBE_EVERY_MS = 250;
const CALM_MS = 1_000;

/**
 * Whether the store answers. After five calls in a row that ran into their deadline the circuit opens: calls are refused
 * at once, but for one probe each 250 ms, until one is answered. So a store that hangs costs no request its whole deadline and
 * no memory for waiting, and is used again at most a probe after it is back (Nygard, Release It!, "Circuit Breaker").
 * A store that refuses quickly needs no circuit: its errors are quick themselves.
 */
export class StoreHealth {
  private timeoutsInARow = 0;
  private nextProbe = 0;
  private unavailableSince: number | undefined;
  private lastFailure = 0;

  constructor(private readonly events: SessionEvents) {}

  /** Throws when the circuit is open and no probe is due. */
  admit(): void {
    if (this.timeoutsInARow < TIMEOUTS_TO_OPEN) return;
    const now = performance.now();
    if (now < this.nextProbe) throw new SessionStoreError('it did not answer several times in a row');
    this.nextProbe = now + PROBE_EVERY_MS;
  }

  succeeded(): void {
    this.timeoutsInARow = 0;
    if (this.unavailableSince === undefined || performance.now() - this.lastFailure < CALM_MS) return;
    this.unavailableSince = undefined;
    this.events.emit('storeAvailable', {});
  }

  /** @param timedOut whether the call ran into its deadline, rather than being refused */
  failed(error: SessionStoreError, timedOut: boolean): void {
    this.lastFailure = performance.now();
    if (timedOut) this.timeoutsInARow += 1;
    if (this.unavailableSince !== undefined) return;
    this.unavailableSince = this.lastFailure;
    this.events.emit('storeUnavailable', { reason: error.message });
  }
}
