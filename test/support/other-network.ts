import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { REDIS, requireServer, ThrowawayServer } from 'throwaway-servers';

const IP = { binary: 'ip', aptPackage: 'iproute2' };

export type Side = 'here' | 'there';

/** A network of its own on this machine (a Linux network namespace), behind a link that can be cut. */
export class OtherNetwork {
  private constructor(
    private readonly name: string,
    /** Of this side of the link. */
    readonly here: string,
    /** Of the other side. */
    readonly there: string,
  ) {}

  /** Throws, with what the system said, where namespaces are not allowed. */
  static open(): OtherNetwork {
    // Several runs at once on one machine must not meet.
    const net = `10.213.${process.pid % 250}`;
    const network = new OtherNetwork(`nss${process.pid}`, `${net}.1`, `${net}.2`);
    try {
      network.build();
      return network;
    } catch (error) {
      network.close();
      throw new Error('NOT TESTED: network namespaces are not allowed on this machine', { cause: error });
    }
  }

  /** Nothing goes through the link any more; connections stay open. */
  cut(): void {
    this.inside('link', 'set', this.far, 'down');
  }

  heal(): void {
    this.inside('link', 'set', this.far, 'up');
    this.inside('route', 'add', this.here, 'dev', this.far, 'src', this.there);
  }

  /** Starts redis-server on one side of the link, to be reached from both. */
  startRedis(side: Side, args: (port: number, directory: string) => string[]): Promise<ThrowawayServer> {
    const host = this[side];
    const before = side === 'here' ? [] : ['netns', 'exec', this.name, requireServer(REDIS)];
    return ThrowawayServer.start({
      software: side === 'here' ? REDIS : IP,
      arguments: (port, directory) => [...before, ...args(port, directory)],
      answers: (port) => canConnect(host, port),
      url: (port) => `redis://${host}:${port}`,
    });
  }

  /** What a redis-server over there answers; also while the link is cut. */
  askThere(port: number, ...words: string[]): string {
    const client = requireServer({ binary: 'redis-cli', aptPackage: 'redis-tools' });
    return ip('netns', 'exec', this.name, client, '-h', this.there, '-p', String(port), ...words);
  }

  close(): void {
    for (const words of [
      ['link', 'delete', this.near],
      ['netns', 'delete', this.name],
    ]) {
      try {
        ip(...words);
      } catch {
        // It was never made.
      }
    }
  }

  private build(): void {
    ip('netns', 'add', this.name);
    ip('link', 'add', this.near, 'type', 'veth', 'peer', 'name', this.far, 'netns', this.name);
    ip('address', 'add', `${this.here}/32`, 'dev', this.near);
    ip('link', 'set', this.near, 'up');
    ip('route', 'add', this.there, 'dev', this.near, 'src', this.here);
    this.inside('link', 'set', 'lo', 'up');
    // Not on the link itself: an address goes with a link that is down, and those over there must go on talking to each other.
    this.inside('address', 'add', `${this.there}/32`, 'dev', 'lo');
    this.heal();
  }

  private get near(): string {
    return `${this.name}a`;
  }

  private get far(): string {
    return `${this.name}b`;
  }

  private inside(...words: string[]): void {
    ip('-netns', this.name, ...words);
  }
}

function ip(...words: string[]): string {
  return execFileSync(requireServer(IP), words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

async function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
