import {
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import { newSessionId, storageKey } from '../contracts/session-id.js';
import { newRecord, nextWrite } from '../testing/sample-session.js';
import { stateOf } from './claim.js';
import { fileSessions } from './index.js';

/** Nothing here waits for so long, unless it waits for a writer that never comes. */
const FOREVER_MS = 600_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'missing-file-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function repository(leaseMs = FOREVER_MS): ReturnType<typeof fileSessions> {
  return fileSessions({ directory, leaseMs, sweepEveryMs: 0, deadlineMs: 10_000 });
}

/** A session whose file is being replaced, as NFS and FUSE do it: the old one is out of the way, the new one not yet in its place. */
async function halfReplaced() {
  const sessions = repository();
  const first = newRecord();
  await sessions.save(first);
  const key = storageKey(first.id);
  const path = join(directory, key.slice(0, 2), key.slice(2, 4), key);
  const before = readFileSync(path, 'utf8');
  const second: SessionRecord = { ...nextWrite({ token: first.id, record: { ...first, version: 1 } }), version: 2 };
  await sessions.save({ ...second, version: 1 });
  const draft = `${path}.${'d'.repeat(32)}.draft`;
  renameSync(path, draft);
  const claim = `${path}.${stateOf(before)}.0.claim`;
  linkSync(draft, claim);
  writeFileSync(join(dirname(path), '.nfs000000000000002a00000001'), before);
  const complete = (): void => {
    renameSync(draft, path);
    unlinkSync(claim);
  };
  const names = (): string[] => readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)));
  return { id: first.id, record: second, complete, names };
}

describe('A file that is not there while it is being replaced', () => {
  const saved = ({ id }: SessionRecord, version: number) => ({ status: 'saved', token: id, version });
  it.each<
    [
      string,
      (at: ReturnType<typeof repository>, record: SessionRecord) => Promise<unknown>,
      (record: SessionRecord) => unknown,
    ]
  >([
    ['a load', (at, { id }) => at.load(id), (record) => record],
    [
      'a save of the old state',
      (at, record) => at.save(nextWrite({ token: record.id, record: { ...record, version: 1 } })),
      () => ({ status: 'conflict' }),
    ],
    [
      'a save of the new state',
      (at, record) => at.save(nextWrite({ token: record.id, record })),
      (record) => saved(record, 3),
    ],
    ['a touch', (at, record) => at.touch(record, record.expiresAt + 1), (record) => saved(record, 2)],
    ['a logout', (at, { id }) => at.destroy(id), () => 'destroyed'],
  ])('is waited for by %s', async (_what, act, answer) => {
    const { record, complete } = await halfReplaced();
    const acting = act(repository(), record);
    await pause(50);
    complete();
    expect(await acting).toEqual(answer(record));
  });

  it('is gone when its writer stands still for a lease, and nothing that it does later brings the session back', async () => {
    const { id, complete, names } = await halfReplaced();
    const sessions = repository(50);
    expect(await sessions.load(id)).toBeNull();
    expect(names()).toEqual([]);
    expect(complete).toThrow('ENOENT');
    expect(await repository().load(id)).toBeNull();
  });

  it('is nothing to wait for when nobody has the turn to replace it', async () => {
    const sessions = repository();
    const record = newRecord();
    await sessions.save(record);
    await sessions.destroy(record.id);
    for (const id of [record.id, newSessionId()]) expect(await sessions.load(id)).toBeNull();
  });
});
