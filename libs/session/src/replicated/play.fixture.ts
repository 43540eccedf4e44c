import { SessionStoreError } from '../contracts/errors.js';
import type { SessionRecord } from '../contracts/record.js';
import { storageKey } from '../contracts/session-id.js';
import { type Answer, type Call, isLinearizable, type Operation } from './history.fixture.js';
import type { memberParts } from './member.js';
import type { ReplicatedSessionRepository } from './replicated-session.repository.js';
import { SimulatedCluster, TRUST_MS } from './simulated-cluster.fixture.js';
import { KEYS, type Scenario, type Step } from './scenarios.fixture.js';
import { SimulatedWorld } from './simulated-world.fixture.js';

const FAR = 1_700_100_000_000;
const LONG_MS = 40_000;

/** What a client can order. */
type Ordered = Exclude<Operation, { is: 'see the end' }>;

/** Plays one scenario and says what was wrong with it; undefined when nothing was. */
export class Play {
  private readonly world: SimulatedWorld;
  private readonly cluster: SimulatedCluster;
  private readonly calls: Call[][] = Array.from({ length: KEYS }, () => []);
  /** The latest that a client of each session was told. */
  private readonly known: (SessionRecord | undefined)[] = [];
  private writes = 0;

  constructor(
    private readonly scenario: Scenario,
    makeParts?: typeof memberParts,
  ) {
    this.world = new SimulatedWorld(scenario.seed);
    this.cluster = new SimulatedCluster(this.world, scenario.peers, makeParts);
  }

  async run(): Promise<string | undefined> {
    this.startAll();
    await this.world.pass(5_000);
    for (const step of this.scenario.steps) await this.take(step);
    await this.world.pass(2_000);
    this.cluster.calm();
    this.startAll();
    await this.world.pass(LONG_MS);
    return this.unjoined() ?? (await this.readEverywhere()) ?? this.disagreement() ?? this.stale() ?? this.impossible();
  }

  private async take(step: Step): Promise<void> {
    const { peers } = this.scenario;
    switch (step.do) {
      case 'wait':
        return this.world.pass(step.ms);
      case 'heal':
        return this.cluster.heal();
      case 'cut':
        return this.cluster.cut(step.at % peers, step.other % peers);
      case 'isolate':
        for (let other = 0; other < peers; other += 1) this.cluster.cut(step.at % peers, other);
        return;
      case 'start':
        return this.startDead();
      case 'kill': {
        const isForgetful = this.cluster.lives[step.at % peers]?.member.isServing !== true;
        if (isForgetful || this.cluster.forgetful < this.cluster.minority) this.cluster.kill(step.at % peers);
        return;
      }
      default:
        void this.call(step.key, step.at % peers, this.operation(step.do, step.key));
    }
  }

  private startAll(): void {
    for (let index = 0; index < this.scenario.peers; index += 1) this.cluster.start(index);
  }

  /** Who was killed returns. */
  private startDead(): void {
    this.startAll();
  }

  private operation(kind: string, key: number): Ordered {
    const known = this.known[key];
    const version = known?.version ?? 0;
    this.writes += 1;
    const expiresAt = FAR + ((this.writes * 7_919) % 1_000) * 1_000;
    switch (kind) {
      case 'save':
        return { is: 'save', record: { ...this.blank(key), version, expiresAt, writeId: this.writeId() } };
      case 'touch':
        return { is: 'touch', expiresAt };
      case 'destroy':
        return { is: 'destroy', version: undefined };
      case 'destroy version':
        return { is: 'destroy', version };
      default:
        return { is: 'load', atLeast: version };
    }
  }

  private blank(key: number): SessionRecord {
    const id = String(key).repeat(43);
    const payload = '1[]\n';
    return { id, version: 0, writeId: this.writeId(), createdAt: 1, expiresAt: FAR, endsAt: 2 * FAR, payload };
  }

  private writeId(): string {
    return String(this.writes).padEnd(36, '-');
  }

  private call(key: number, at: number, operation: Ordered): Promise<void> {
    const life = this.cluster.lives[at];
    if (life === undefined) return Promise.resolve();
    const call: Call = {
      operation,
      peer: at,
      start: this.world.time,
      end: Infinity,
      answer: undefined,
      isVoid: false,
    };
    this.calls[key]?.push(call);
    return execute(life.repository, this.blank(key), operation).then(
      (answer) => {
        if (life.isOver) return;
        call.end = this.world.time;
        call.answer = answer;
        this.learn(key, operation, answer);
      },
      (error: unknown) => {
        if (!(error instanceof SessionStoreError)) throw error;
        call.end = this.world.time;
        call.isVoid = error.outcome === 'not-executed';
      },
    );
  }

  private learn(key: number, operation: Operation, answer: Answer): void {
    const known = this.known[key] ?? this.blank(key);
    if (operation.is === 'save' && answer === 'saved') {
      this.remember(key, { ...operation.record, version: operation.record.version + 1 });
    } else if (operation.is === 'load' && typeof answer === 'object' && answer !== null) {
      this.remember(key, { ...known, ...answer });
    }
  }

  private remember(key: number, record: SessionRecord): void {
    if (record.version > (this.known[key]?.version ?? 0)) this.known[key] = record;
  }

  private unjoined(): string | undefined {
    return this.cluster.forgetful > 0 ? `${this.cluster.forgetful} peers did not join again` : undefined;
  }

  private async readEverywhere(): Promise<string | undefined> {
    for (let key = 0; key < KEYS; key += 1) {
      for (let at = 0; at < this.scenario.peers; at += 1) {
        void this.call(key, at, { is: 'load', atLeast: this.known[key]?.version ?? 0 });
        await this.world.pass(5_000);
        if (this.calls[key]?.at(-1)?.answer === undefined) return `peer ${at} cannot read although all are well`;
      }
    }
    // Time for those that missed something to be brought back in step.
    await this.world.pass(LONG_MS);
    return undefined;
  }

  private disagreement(): string | undefined {
    for (let key = 0; key < KEYS; key += 1) {
      const held = this.cluster.lives.map((life) => JSON.stringify(life?.parts.acceptor.read(keyOf(key))));
      if (new Set(held).size > 1) return `the peers hold different things of session ${key}: ${held.join(' ')}`;
    }
    return undefined;
  }

  private stale(): string | undefined {
    const older = this.calls.flat().find(({ operation, answer }) => {
      if (operation.is !== 'load' || typeof answer !== 'object' || answer === null) return false;
      return answer.version < operation.atLeast;
    });
    return older === undefined ? undefined : `a read was older than the version presented: ${JSON.stringify(older)}`;
  }

  private impossible(): string | undefined {
    const wrong = this.calls.find((calls) => !isLinearizable(calls, TRUST_MS));
    return wrong === undefined ? undefined : `no simple register answers like this:\n${wrong.map(line).join('\n')}`;
  }
}

function keyOf(key: number): string {
  return storageKey(String(key).repeat(43));
}

async function execute(
  repository: ReplicatedSessionRepository,
  blank: SessionRecord,
  operation: Ordered,
): Promise<Answer> {
  switch (operation.is) {
    case 'save':
      return (await repository.save(operation.record)).status;
    case 'touch':
      return (await repository.touch(blank, operation.expiresAt)).status;
    case 'destroy':
      return repository.destroy(blank.id, operation.version);
    default: {
      const found = await repository.load(blank.id, operation.atLeast);
      if (found === null || 'rejected' in found) return null;
      return { version: found.version, writeId: found.writeId, expiresAt: found.expiresAt };
    }
  }
}

function line({ operation, peer: at, start, end, answer, isVoid }: Call): string {
  const what =
    operation.is === 'save'
      ? `save of version ${operation.record.version} by ${operation.record.writeId.replaceAll('-', '')}`
      : JSON.stringify(operation);
  const outcome = isVoid ? 'not executed' : JSON.stringify(answer);
  return `${start.toFixed(1)} to ${end.toFixed(1)} at peer ${at}: ${what} -> ${outcome}`;
}
