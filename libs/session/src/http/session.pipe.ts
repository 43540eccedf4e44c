import { type ExecutionContext, Inject, Injectable, type PipeTransform } from '@nestjs/common';
import type { Session } from '../core/session.js';
import { type OpenOptions, SessionManager } from './session-manager.js';

/** What the decorator hands to the pipe. */
export interface SessionParameter {
  readonly context: ExecutionContext;
  readonly options: OpenOptions;
}

/** Opens the session for a handler's parameter: the only thing on a request's way that belongs to this library, and only where a handler asks. */
@Injectable()
export class SessionPipe implements PipeTransform<SessionParameter, Promise<Session>> {
  constructor(@Inject(SessionManager) private readonly sessions: SessionManager) {}

  transform({ context, options }: SessionParameter): Promise<Session> {
    return this.sessions.open(context, options);
  }
}
