import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { installServer } from 'throwaway-servers';

const run = promisify(execFile);
const IPROUTE = { binary: 'ip', aptPackage: 'iproute2' };

/**
 * Several hosts on one switch, each a network namespace of its own, whose cables can be pulled. Needs root on Linux; where that is not to
 * be had, `create` fails and says so: what a partition does cannot be tried without one.
 */
export class Namespaces {
  private constructor(
    private readonly prefix: string,
    readonly addresses: readonly string[],
  ) {}

  static async create(hosts: number): Promise<Namespaces> {
    await installServer(IPROUTE);
    const addresses = Array.from({ length: hosts }, (_, host) => `10.77.0.${host + 1}`);
    const network = new Namespaces(`shared-session-${process.pid}`, addresses);
    try {
      await network.build();
    } catch (error) {
      await network.remove();
      const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
      throw new Error(`THIS MACHINE ALLOWS NO NETWORK NAMESPACES, so partitions cannot be tested: ${reason}`, {
        cause: error,
      });
    }
    return network;
  }

  /** The words before a command that is to run on a host. */
  commandOn(host: number): string[] {
    return ['ip', 'netns', 'exec', this.nameOf(host)];
  }

  /** Pulls a host's cable. */
  async cut(host: number): Promise<void> {
    await this.onSwitch('link', 'set', `port${host}`, 'down');
  }

  /** Puts it back. */
  async heal(host: number): Promise<void> {
    await this.onSwitch('link', 'set', `port${host}`, 'up');
  }

  async remove(): Promise<void> {
    const names = [this.switch, ...this.addresses.map((_, host) => this.nameOf(host))];
    for (const name of names) await run('ip', ['netns', 'del', name]).catch(() => undefined);
  }

  private async build(): Promise<void> {
    await run('ip', ['netns', 'add', this.switch]);
    await this.onSwitch('link', 'add', 'bridge', 'type', 'bridge');
    await this.onSwitch('link', 'set', 'bridge', 'up');
    for (const [host, address] of this.addresses.entries()) {
      const name = this.nameOf(host);
      await run('ip', ['netns', 'add', name]);
      await this.onSwitch('link', 'add', `port${host}`, 'type', 'veth', 'peer', 'name', 'cable', 'netns', name);
      await this.onSwitch('link', 'set', `port${host}`, 'master', 'bridge', 'up');
      await run('ip', ['-n', name, 'addr', 'add', `${address}/24`, 'dev', 'cable']);
      await run('ip', ['-n', name, 'link', 'set', 'cable', 'up']);
      await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    }
  }

  private async onSwitch(...words: string[]): Promise<void> {
    await run('ip', ['-n', this.switch, ...words]);
  }

  private get switch(): string {
    return `${this.prefix}-switch`;
  }

  private nameOf(host: number): string {
    return `${this.prefix}-${host}`;
  }
}
