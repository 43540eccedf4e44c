import { freePort } from 'throwaway-servers';
import { vi } from 'vitest';
import type { RepositoryEventMap } from '../contracts/repository-events.js';
import { replicatedSessions, type ReplicatedSessionRepository, type ReplicatedSessionsOptions } from './index.js';

export const SECRET = 'k9Jv0Zr3Qx7Lw2Yt5Bn8Mh1Gd4Sf6Ap0';

type Told = { event: keyof RepositoryEventMap; detail: RepositoryEventMap[keyof RepositoryEventMap] };

/** Several instances on free ports of loopback, in this process, which are started and ended one by one. */
export class RealGroup {
  /** What each instance told, in its present life. */
  readonly told: Told[][] = [];
  private readonly running: (ReplicatedSessionRepository | undefined)[] = [];

  private constructor(
    readonly peers: readonly string[],
    private readonly options: Partial<ReplicatedSessionsOptions>,
  ) {}

  /** So many instances, none of them started. */
  static async of(count: number, options: Partial<ReplicatedSessionsOptions> = {}): Promise<RealGroup> {
    const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
    return new RealGroup(
      ports.map((port) => `127.0.0.1:${port}`),
      options,
    );
  }

  /** So many instances that serve. */
  static async started(count: number, options: Partial<ReplicatedSessionsOptions> = {}): Promise<RealGroup> {
    const group = await RealGroup.of(count, options);
    await Promise.all(group.peers.map((_, instance) => group.start(instance)));
    await group.serve();
    return group;
  }

  /** An instance that runs. */
  at(instance: number): ReplicatedSessionRepository {
    const found = this.running[instance];
    if (found === undefined) throw new Error(`instance ${instance} does not run`);
    return found;
  }

  get all(): ReplicatedSessionRepository[] {
    return this.running.filter((one) => one !== undefined);
  }

  async start(instance: number): Promise<ReplicatedSessionRepository> {
    const self = this.peers[instance] as string;
    const repository = replicatedSessions({ self, peers: [...this.peers], secret: SECRET, ...this.options });
    const told: Told[] = [];
    this.told[instance] = told;
    repository.reportTo((event, detail) => told.push({ event, detail }));
    this.running[instance] = repository;
    await repository.onModuleInit();
    return repository;
  }

  /** Ends an instance without a word to the others: its memory is gone. */
  async end(...instances: number[]): Promise<void> {
    await Promise.all(
      instances.map((instance) => {
        const ended = this.at(instance);
        this.running[instance] = undefined;
        return ended.onApplicationShutdown();
      }),
    );
  }

  /** Resolves when all that run take part. */
  async serve(): Promise<void> {
    await vi.waitFor(() => {
      if (!this.all.every(({ isServing }) => isServing)) throw new Error('an instance has not joined');
    }, WAIT);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((one) => one.onApplicationShutdown()));
  }
}

export const WAIT = { timeout: 20_000, interval: 5 };
