import { type ExecutionContext, Inject, Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { newSessionId } from '../contracts/session-id.js';
import { SessionError } from '../contracts/errors.js';
import type { LiveSession } from '../core/live-session.js';
import { SessionEngine } from '../core/session-engine.js';
import { SessionEvents } from '../core/session-events.js';
import type { Session, SessionData } from '../core/session.js';
import { ResponseGate } from './response-gate.js';
import { responseOf } from './platform.js';
import { SessionExchange } from './session-exchange.js';
import { type Arrival, SessionTransport } from './session-transport.js';

/** Without this, changes would be lost without a word. Fastify's `inject()` is the one way to make such a request. */
const NO_RESPONSE =
  'SessionManager.open(request): this request has no response to commit the session with; pass the ExecutionContext instead';

/** How to open a session. */
export interface OpenOptions {
  /**
   * The request extends nothing, whoever else opens the session in it: for polling, so that an open browser tab does not keep a
   * session alive. Default false.
   */
  readonly passive?: boolean;
}

/** A request of Node, Express or Fastify. */
export interface SessionRequest {
  readonly raw?: IncomingMessage;
  readonly headers: IncomingMessage['headers'];
}

/** Opens sessions: of a request, anywhere in the application, and outside of requests. */
@Injectable()
export class SessionManager {
  /** Where a request keeps its session: a property costs a read less than a WeakMap does, most of all in garbage collection. */
  private readonly opened = Symbol('session');
  private warned = false;

  constructor(
    @Inject(SessionEngine) private readonly engine: SessionEngine,
    @Inject(SessionTransport) private readonly transport: SessionTransport,
    @Inject(SessionEvents) private readonly events: SessionEvents,
  ) {}

  /**
   * The session of a request, given by the request or by the context that a guard or an interceptor has. The first call
   * reads the store and hangs the commit into the response; every further one in the same request gives the same object. A request
   * that has no response (an upgrade to a WebSocket) has nobody to commit for it: store what you change with `save()`.
   * Rejects with `SessionStoreError`; with `BadRequestException` when the request names two sessions.
   */
  async open<T extends object = SessionData>(
    source: SessionRequest | ExecutionContext,
    options: OpenOptions = {},
  ): Promise<Session<T>> {
    const request = 'switchToHttp' in source ? source.switchToHttp().getRequest<SessionRequest>() : source;
    const raw = (request.raw ?? request) as IncomingMessage & Record<symbol, Promise<LiveSession> | undefined>;
    const session = await (raw[this.opened] ??= this.begin(request, responseOf(source, raw)));
    if (options.passive === true) session.onlyLook();
    return session as unknown as Session<T>;
  }

  /**
   * A session outside of any request, by its token; a new one without. Nothing is saved but by its own methods.
   * Null when there is no session behind the token.
   */
  async openToken<T extends object = SessionData>(token?: string): Promise<Session<T> | null> {
    const session = token === undefined ? this.engine.anonymous() : await this.engine.open(token);
    if (token !== undefined && session.isNew) return null;
    session.outliveRequest();
    return session as unknown as Session<T>;
  }

  /** What a client must present for this session, undefined until it is stored. As secret as a password: never log it. */
  tokenOf(session: Session<object>): string | undefined {
    return (session as unknown as LiveSession).token;
  }

  /** Whether the store answers now, for a health check; never rejects. */
  async ready(): Promise<{ ready: boolean; reason?: string }> {
    try {
      await this.engine.probe(newSessionId());
      return { ready: true };
    } catch (error) {
      return { ready: false, reason: error instanceof SessionError ? error.message : 'unexpected error' };
    }
  }

  private async begin(request: SessionRequest, response: ServerResponse | undefined): Promise<LiveSession> {
    if (response === undefined && request.headers.upgrade === undefined) throw new Error(NO_RESPONSE);
    const arrival = this.transport.read(request.headers);
    const session =
      arrival.token === undefined ? this.engine.anonymous() : await this.engine.open(arrival.token, arrival.presented);
    if (response === undefined) session.outliveRequest();
    else this.watch(response, session, arrival, request);
    return session;
  }

  private watch(response: ServerResponse, session: LiveSession, { channel }: Arrival, request: SessionRequest): void {
    if (response.headersSent) session.closeHead();
    const onCookie = (): void => this.warnOfPlainHttp(channel, request);
    ResponseGate.install(response, new SessionExchange(session, this.transport, channel, this.events, onCookie));
  }

  /** Browsers drop a Secure cookie that comes over plain HTTP, without a word; said once. */
  private warnOfPlainHttp(channel: Arrival['channel'], request: SessionRequest): void {
    if (this.warned || !this.transport.needsHttps(channel) || isHttps(request)) return;
    this.warned = true;
    Logger.warn(
      'A Secure session cookie was set on a request that looks like plain HTTP, so browsers may drop it. Behind a proxy that ends TLS, ' +
        "tell the platform to trust it (Express: app.set('trust proxy', …), Fastify: trustProxy); for development without TLS set " +
        'cookie: { insecure: true }.',
      'SessionModule',
    );
  }
}

/** Whether the client came by HTTPS, as far as the platform knows: proxies count if the application trusts them. */
function isHttps(request: SessionRequest): boolean {
  if ((request as { protocol?: string }).protocol === 'https') return true;
  const raw = (request.raw ?? request) as IncomingMessage;
  return (raw.socket as TLSSocket | undefined)?.encrypted === true;
}
