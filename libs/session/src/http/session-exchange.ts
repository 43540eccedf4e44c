import { Logger } from '@nestjs/common';
import type { LiveSession } from '../core/live-session.js';
import type { SessionEvents } from '../core/session-events.js';
import { refusalFor } from './http-errors.js';
import type { GateKeeper } from './response-gate.js';
import type { HeadAdditions } from './response-head.js';
import type { Refusal } from './response-refusal.js';
import type { Arrival, SessionTransport } from './session-transport.js';
import { SessionError } from '../contracts/errors.js';

/** One request's session on its way out: commits it before the head leaves, and tells the client what to present next. */
export class SessionExchange implements GateKeeper {
  private failed = false;

  constructor(
    private readonly session: LiveSession,
    private readonly transport: SessionTransport,
    private readonly channel: Arrival['channel'],
    private readonly events: SessionEvents,
    private readonly onCookie: () => void,
  ) {}

  beforeHead(status: number): Promise<void> | undefined {
    this.failed = status >= 500;
    return this.session.commit(this.failed);
  }

  additions(): HeadAdditions {
    const announcement = this.session.announcement;
    this.session.closeHead();
    if (announcement?.token !== undefined && this.channel === 'cookie') this.onCookie();
    return this.transport.write(this.channel, announcement, this.session.token);
  }

  beforeEnd(): Promise<void> | undefined {
    return this.session.commit(this.failed)?.catch((error: unknown) => {
      const reason = error instanceof SessionError ? error.message : 'an unexpected error';
      this.events.emit('lateSaveFailed', { handle: this.session.handle, reason });
      throw error;
    });
  }

  unsendable(error: unknown): void {
    Logger.error(`A response that waited for its session could not be sent: ${nameOf(error)}`, 'SessionModule');
  }

  refusal(error: unknown): Refusal {
    if (!(error instanceof SessionError))
      Logger.error(`A session could not be committed: ${nameOf(error)}`, 'SessionModule');
    return refusalFor(error);
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return (error as NodeJS.ErrnoException).code ?? error.name;
}
