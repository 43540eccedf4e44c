import type { SessionView } from './instance/session-view.js';

/** What an instance or the balancer answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Who answered. */
  readonly instance: string | null;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  readonly json: SessionView & { readonly value: number } & { readonly message: string };
}

/** A request's body and more headers. */
export interface Extras {
  /** Sent as JSON; a string or bytes as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody with a browser: keeps the cookies of one site. */
export class Visitor {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  /** The cookie with which the next request comes. */
  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Somebody else with the same cookies, perhaps at another address. */
  twin(url = this.url): Visitor {
    const twin = new Visitor(url);
    for (const [name, value] of this.cookies) twin.cookies.set(name, value);
    return twin;
  }

  async ask(method: string, path: string, { body, headers = {} }: Extras = {}): Promise<Answer> {
    const plain = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookies.size > 0 && { cookie: this.cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: plain ? body : JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) this.keep(line);
    return answerOf(response, await response.text());
  }

  private keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

function answerOf(response: Response, text: string): Answer {
  return {
    status: response.status,
    headers: response.headers,
    instance: response.headers.get('x-instance'),
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}
