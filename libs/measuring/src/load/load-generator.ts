import { ChildProcess } from '../processes/child-process.js';
import type { Drive, LoadProtocol, Target } from './protocol.js';

/** A process of its own that sends requests, to one server at a time. */
export class LoadGenerator {
  private readonly process: ChildProcess<LoadProtocol>;

  /** @param core the core that it stays on */
  constructor(core: number | undefined) {
    this.process = new ChildProcess(new URL('main.js', import.meta.url), { core });
  }

  /** Opens the connections, does the work with them, closes them. Throws at the first answer that is wrong. */
  async connected<T>(target: Target, work: (drive: Drive) => Promise<T>): Promise<T> {
    await this.process.ask('open', target);
    try {
      return await work((duration) => this.process.ask('drive', duration));
    } finally {
      await this.process.ask('close', undefined);
    }
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}
