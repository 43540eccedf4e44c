import type { SessionView } from '../../instance/session-view.js';

/** How long anybody waits for an answer. */
const PATIENCE_MS = 5_000;

/** What came back. Nothing that an answer can be is an error here: it is what the experiment is about. */
export interface Reply {
  /** Of HTTP; 0 when no answer came, so that nobody knows what has happened. */
  readonly status: number;
  /** Whether it was done and said so: a status from 200 to 399. */
  readonly acknowledged: boolean;
  /** Who answered; undefined when nobody did, or did not say. */
  readonly instance: string | undefined;
  /** The time until the whole answer was there. */
  readonly ms: number;
  /** The session as the answer shows it; empty when it shows none. */
  readonly session: Partial<SessionView>;
  readonly headers: Headers;
}

/** A request's body and headers, and where it goes when that is not the visitor's usual address. */
export interface Extras {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly at?: string;
}

/** Somebody with a browser: keeps the cookies of one site, as the answers come in. */
export class Visitor {
  private readonly cookies = new Map<string, string>();

  /**
   * @param url where requests go
   * @param signal ends every request; `ask` throws its reason then
   * @param patienceMs how long an answer is waited for
   */
  constructor(
    private readonly url: string,
    private readonly signal: AbortSignal,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Name and value of every cookie. */
  get jar(): ReadonlyMap<string, string> {
    return this.cookies;
  }

  /** Somebody else with the same cookies, or with these instead, whose requests end with the same signal, or with this one. */
  twin(cookies: ReadonlyMap<string, string> = this.cookies, signal = this.signal): Visitor {
    const twin = new Visitor(this.url, signal, this.patienceMs);
    for (const [name, value] of cookies) twin.cookies.set(name, value);
    return twin;
  }

  async ask(method: string, path: string, { body, headers = {}, at = this.url }: Extras = {}): Promise<Reply> {
    this.signal.throwIfAborted();
    const began = performance.now();
    const wait = new Wait(this.patienceMs, this.signal);
    try {
      const response = await fetch(at + path, {
        method,
        redirect: 'manual',
        signal: wait.over,
        headers: {
          ...(this.cookies.size > 0 && { cookie: this.cookieHeader() }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      for (const line of response.headers.getSetCookie()) this.keep(line);
      return replyOf(response, text, performance.now() - began);
    } catch {
      this.signal.throwIfAborted();
      const ms = performance.now() - began;
      return { status: 0, acknowledged: false, instance: undefined, ms, session: {}, headers: new Headers() };
    } finally {
      wait.end();
    }
  }

  /** Logs in as somebody. */
  async login(user: string, at = this.url): Promise<Reply> {
    return this.ask('POST', '/api/login', { body: { user }, at });
  }

  /** Sets one key of the session. */
  async put(key: string, value: unknown, at = this.url): Promise<Reply> {
    return this.ask('PUT', `/api/session/data/${key}`, { body: { value }, at });
  }

  /** Looks at the session. */
  async look(at = this.url): Promise<Reply> {
    return this.ask('GET', '/api/session', { at });
  }

  private cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  private keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** One wait: it is over after a time, or with a signal. `AbortSignal.any` would lose its timeout to the garbage collector (nodejs/node #57736). */
class Wait {
  private readonly abort = new AbortController();
  private readonly stop = (): void => this.abort.abort();
  private readonly timer: NodeJS.Timeout;

  constructor(
    ms: number,
    private readonly signal: AbortSignal,
  ) {
    this.timer = setTimeout(this.stop, ms);
    signal.addEventListener('abort', this.stop);
  }

  get over(): AbortSignal {
    return this.abort.signal;
  }

  end(): void {
    clearTimeout(this.timer);
    this.signal.removeEventListener('abort', this.stop);
  }
}

function replyOf({ status, headers }: Response, text: string, ms: number): Reply {
  const session = sessionIn(text);
  const instance = headers.get('x-instance') ?? undefined;
  return { status, acknowledged: status >= 200 && status < 400, instance, ms, session, headers };
}

function sessionIn(text: string): Partial<SessionView> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}
