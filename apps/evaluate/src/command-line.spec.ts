import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { RunningCommand } from '../../demo/src/running-command.fixture.js';
import type { Results } from './results.js';

const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const SLOW_MS = 120_000;

function evaluate(...flags: string[]): RunningCommand {
  return new RunningCommand(process.execPath, [PROGRAM, ...flags]);
}

let out: string;

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), 'evaluate-spec-'));
});

afterEach(() => rm(out, { recursive: true, force: true }));

async function results(): Promise<Results> {
  return JSON.parse(await readFile(join(out, 'evaluation.json'), 'utf8')) as Results;
}

describe('A command line that cannot work is refused in one line', () => {
  test.each([
    [['--onyl', 'redis'], "Unknown option '--onyl'"],
    [['redis'], "Unexpected argument 'redis'"],
    [['--only', 'floppy'], 'there is no way "floppy", but redis, mysql'],
    [['--only', 'redis/dance'], 'there is no experiment in "redis/dance", but no-sharing'],
    [['--only', 'redis', '--publish'], '--publish is for a whole run'],
  ])('%j: %s', async (flags, complaint) => {
    await using command = evaluate(...flags);
    expect(await command.exit()).toBe(1);
    expect(command.stdout).toBe('');
    expect(command.stderr).toMatch(/^[^\n]+\n$/);
    expect(command.stderr).toContain(complaint);
  });

  it('--help says what there is', async () => {
    await using command = evaluate('--help');
    expect(await command.exit()).toBe(0);
    expect(command.stdout).toContain('--quick');
    expect(command.stdout).toContain('experiments: no-sharing');
  });
});

describe('The command', () => {
  it(
    'measures what was asked for, judges by it, and leaves nothing running',
    async () => {
      await using command = evaluate('--quick', '--only', 'memory/no-sharing,memory/speed', '--out', out);
      expect(await command.exit()).toBe(0);
      expect(command.leftovers()).toEqual([]);
      const { trials, interrupted } = await results();
      expect(interrupted).toBe(false);
      expect(trials.map(({ way, experiment, result }) => [way, experiment, result.is])).toEqual([
        ['memory', 'no-sharing', 'measured'],
        ['memory', 'speed', 'measured'],
      ]);
      const claims = await readFile(join(out, 'evaluation.md'), 'utf8');
      expect(claims).toMatch(/\| 0 \| Without shared sessions.*\*\*confirmed\*\*/);
      expect(claims).toMatch(/\| M1 \|.*\*\*not measured\*\*/);
      expect(await readFile(join(out, 'evaluation.html'), 'utf8')).toContain('Reads per second');
    },
    SLOW_MS,
  );

  it(
    'keeps what it has measured when it is ended, twice, and ends everything that it has started',
    async () => {
      await using command = evaluate('--quick', '--only', 'memory', '--out', out);
      await command.until(
        () => /memory: (two-tabs|logout|forged|client|instance)/.test(command.stderr),
        'it is beyond the first',
      );
      command.signal('SIGINT', 'group');
      command.signal('SIGINT');
      expect(await command.exit()).toBe(130);
      expect(command.leftovers()).toEqual([]);
      const { trials, interrupted } = await results();
      expect(interrupted).toBe(true);
      expect(trials.map(({ experiment }) => experiment)).toContain('no-sharing');
      expect(trials.map(({ experiment }) => experiment)).not.toContain('speed');
      expect(await readFile(join(out, 'evaluation.html'), 'utf8')).toContain('ended early');
    },
    SLOW_MS,
  );

  it('says in one line that there is nothing to report again', async () => {
    await using command = evaluate('--from', join(out, 'nothing'), '--out', out);
    expect(await command.exit()).toBe(1);
    expect(command.stderr).toMatch(/^The evaluation failed: [^\n]+\n$/);
    expect(existsSync(join(out, 'evaluation.json'))).toBe(false);
  });
});
