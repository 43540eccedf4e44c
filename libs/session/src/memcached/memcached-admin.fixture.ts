import { connect } from 'node:net';

/** What a person could ask a memcached with telnet. */
export class MemcachedAdmin {
  constructor(private readonly port: number) {}

  /** The value under a key, and what `get` says in front of it; undefined when there is none. */
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

  async flush(): Promise<void> {
    await this.#ask('flush_all\r\n');
  }

  async stats(): Promise<Record<string, string>> {
    const lines = (await this.#ask('stats\r\n')).toString().matchAll(/^STAT (\S+) (.*)\r$/gm);
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
      const socket = connect({ port: this.port, host: '127.0.0.1' }, () => {
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
