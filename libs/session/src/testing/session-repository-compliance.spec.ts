import { describe, expect, expectTypeOf, it } from 'vitest';
import { MemorySessionRepository } from '../memory/index.js';
import {
  type ComplianceCase,
  type ComplianceRunner,
  complianceCases,
  runComplianceCase,
  sessionRepositoryCompliance,
} from './index.js';

/** Writes down what happens to it. */
class WatchedRepository extends MemorySessionRepository {
  constructor(
    private readonly name: string,
    private readonly events: string[],
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    this.events.push(`${this.name} starts`);
  }

  async onApplicationShutdown(): Promise<void> {
    this.events.push(`${this.name} stops`);
  }
}

function caseThat(run: ComplianceCase['run']): ComplianceCase {
  return { group: 'group', name: 'name', run };
}

describe('The compliance suite as a product', () => {
  it('registers one test per promise, in the group that bears the name of the repository', async () => {
    const registered: string[] = [];
    const runs: (() => Promise<void>)[] = [];
    const runner: ComplianceRunner = {
      describe: (name, body) => {
        registered.push(name);
        body();
      },
      it: (name, run, timeoutMs) => {
        registered.push(`${name} (${timeoutMs} ms)`);
        runs.push(run);
      },
    };
    let stores = 0;
    const create = () => {
      stores += 1;
      const onlyServer = new MemorySessionRepository();
      return { a: onlyServer, b: onlyServer };
    };

    sessionRepositoryCompliance(runner, 'Mine', create, 1_234);
    expect(stores).toBe(0);
    await Promise.all(runs.map((run) => run()));

    expect(stores).toBe(complianceCases.length);
    expect(registered).toEqual([
      'Mine keeps the contract of a session repository',
      ...complianceCases.map(({ group, name }) => `${group}: ${name} (1234 ms)`),
    ]);
  });

  it('has no two promises of the same name', () => {
    expect(new Set(complianceCases.map(({ group, name }) => group + name)).size).toBe(complianceCases.length);
  });

  it('starts and stops both servers as Nest would, then disposes the store', async () => {
    const events: string[] = [];
    const create = () => ({
      a: new WatchedRepository('a', events),
      b: new WatchedRepository('b', events),
      dispose: async () => events.push('disposed'),
    });
    await runComplianceCase(
      caseThat(async () => void events.push('runs')),
      create,
    );
    expect(events).toEqual(['a starts', 'b starts', 'runs', 'a stops', 'b stops', 'disposed']);
  });

  it('starts and stops once what is both servers', async () => {
    const events: string[] = [];
    const onlyServer = new WatchedRepository('both', events);
    await runComplianceCase(
      caseThat(async () => {}),
      () => ({ a: onlyServer, b: onlyServer }),
    );
    expect(events).toEqual(['both starts', 'both stops']);
  });

  it('cleans up after a broken promise, and reports it', async () => {
    const events: string[] = [];
    const broken = runComplianceCase(
      caseThat(() => Promise.reject(new Error('broken'))),
      async () => ({
        a: new WatchedRepository('a', events),
        b: new WatchedRepository('b', events),
        dispose: () => events.push('disposed'),
      }),
    );
    await expect(broken).rejects.toThrow('broken');
    expect(events).toEqual(['a starts', 'b starts', 'a stops', 'b stops', 'disposed']);
  });

  it('fits Vitest and node:test', () => {
    expectTypeOf<Pick<typeof import('vitest'), 'describe' | 'it'>>().toExtend<ComplianceRunner>();
    expectTypeOf<Pick<typeof import('node:test'), 'describe' | 'it'>>().toExtend<ComplianceRunner>();
  });
});
