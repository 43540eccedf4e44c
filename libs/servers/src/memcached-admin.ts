import { connect } from 'node:net';
import { LOOPBACK } from './loopback.js';

const FILLERS = 4_000;
const FILLED_FROM = 100;

/** What a person could ask a memcached on the loopback interface with telnet. */
export class MemcachedAdmin {
  constructor(private readonly port: number) {}

  /** The value under a key; undefined when there is none. */
  async get(key: string): Promise<Buffer | undefined> {
    const answer = await this.#ask(`get ${key}\r\n`);
    const head = /^VALUE \S+ \d+ (?<bytes>\d+)\r\n/.exec(answer.toString('latin1'));
    if (head === null) return undefined;
    return answer.subarray(head[0].length, head[0].length + Number(head.groups?.['bytes']));
  }

  async set(key: string, value: string | Buffer, expiresIn = 0): Promise<void> {
    const bytes = Buffer.from(value);
    const request = Buffer.concat([
      Buffer.from(`set ${key} 0 ${expiresIn} ${bytes.length}\r\n`),
      bytes,
      Buffer.from('\r\n'),
    ]);
    const answer = (await this.#ask(request)).toString();
    if (!answer.startsWith('STORED')) throw new Error(answer);
  }

  /** Takes all room for values of 100 bytes up to so many; only where memcached evicts nothing (`-M`). Answers how to undo it. */
  async fill(bytes: number): Promise<() => Promise<void>> {
    const keys = Array.from({ length: FILLERS }, (_, n) => `filler-${n}`);
    for (let size = bytes; size > FILLED_FROM; size = Math.floor(size * 0.9)) {
      await this.#ask(keys.map((key) => `add ${key}-${size} 0 0 ${size} noreply\r\n${'x'.repeat(size)}\r\n`).join(''));
    }
    return async () => {
      for (let size = bytes; size > FILLED_FROM; size = Math.floor(size * 0.9)) {
        await this.#ask(keys.map((key) => `delete ${key}-${size} noreply\r\n`).join(''));
      }
    };
  }

  async flush(): Promise<void> {
    await this.#ask('flush_all\r\n');
  }

  /** @param group such as `slabs`; the general ones without it */
  async stats(group = ''): Promise<Record<string, string>> {
    const lines = (await this.#ask(`stats ${group}`.trim() + '\r\n')).toString().matchAll(/^STAT (\S+) (.*)\r$/gm);
    return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
  }

  /** Key and Unix time of expiry of every item. */
  async items(): Promise<{ key: string; expiresAt: number }[]> {
    const lines = (await this.#ask('lru_crawler metadump all\r\n')).toString().matchAll(/^key=(\S+) exp=(-?\d+) /gm);
    return [...lines].map(([, key = '', expiresAt]) => ({
      key: decodeURIComponent(key),
      expiresAt: Number(expiresAt),
    }));
  }

  /** How many commands of each kind were executed during some work. */
  async commandsDuring(work: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = await this.stats();
    await work();
    const after = await this.stats();
    const counts = ['cmd_get', 'cmd_set', 'cmd_touch', 'cmd_flush', 'delete_hits', 'delete_misses'].map(
      (name) => [name, Number(after[name]) - Number(before[name])] as const,
    );
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  /** Sends a request and `quit`; everything that came back. */
  #ask(request: string | Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect({ port: this.port, host: LOOPBACK }, () => {
        socket.write(request);
        // The crawler answers from a thread of its own, and a `quit` behind it would cut it short.
        if (!request.toString('latin1').startsWith('lru_crawler')) socket.write('quit\r\n');
      });
      socket.on('data', (bytes) => {
        chunks.push(bytes);
        if (bytes.toString('latin1').endsWith('END\r\n')) socket.end();
      });
      socket.once('error', reject);
      socket.once('close', () => resolve(Buffer.concat(chunks)));
    });
  }
}
