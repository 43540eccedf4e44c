import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { LabEvents } from './protocol.js';

/** An event as it came. */
type Heard = { [Name in keyof LabEvents]: { readonly name: Name; readonly data: LabEvents[Name] } }[keyof LabEvents];

/** Somebody who watches the lab. */
export class EventClient implements Disposable {
  readonly heard: Heard[] = [];
  /** Whether the demo has ended the stream. */
  ended = false;

  private constructor(private readonly stream: IncomingMessage) {
    let unread = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const events = (unread + text).split('\n\n');
      unread = events.pop() ?? '';
      for (const event of events) this.hear(event);
    });
    stream.once('close', () => (this.ended = true));
    stream.once('error', () => (this.ended = true));
  }

  /** Watches the demo at this address. */
  static async open(url: string): Promise<EventClient> {
    const [stream]: IncomingMessage[] = await once(get(`${url}/__demo/events`), 'response');
    if (stream?.headers['content-type'] !== 'text/event-stream; charset=utf-8') throw new Error('This is no stream');
    return new EventClient(stream);
  }

  /** The data of all events of that name, in order. */
  of<Name extends keyof LabEvents>(name: Name): LabEvents[Name][] {
    return this.heard.filter((event) => event.name === name).map((event) => event.data as LabEvents[Name]);
  }

  [Symbol.dispose](): void {
    this.stream.destroy();
  }

  private hear(event: string): void {
    const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
    if (name !== undefined && data !== undefined) this.heard.push({ name, data: JSON.parse(data) } as Heard);
  }
}
