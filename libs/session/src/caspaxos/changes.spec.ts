import { describe, expect, it } from 'vitest';
import type { SessionRecord } from '../contracts/record.js';
import { newWriteId } from '../contracts/session-id.js';
import { newRecord, nextWrite } from '../testing/sample-session.js';
import { destroy, save } from './changes.js';
import { EMPTY, WRITES_KEPT } from './register.js';

const NOW = Date.now();
const created = newRecord();
const ours = nextWrite({ token: created.id, record: { ...created, version: 1 } });

/** What is stored after a write, and so many of others upon it. */
function storedAfter(record: SessionRecord, others: number): string {
  const first = save(created, NOW)(EMPTY, false).write ?? '';
  let stored = save(record, NOW)(first, false).write ?? '';
  for (let version = 2; version < 2 + others; version += 1) {
    stored = save({ ...created, version, writeId: newWriteId() }, NOW)(stored, false).write ?? '';
  }
  return stored;
}

describe('A save whose first attempt got no majority, when it is tried again', () => {
  it('was stored if another peer carried it on, whatever others changed since', () => {
    for (let others = 0; others < WRITES_KEPT; others += 1) {
      expect(save(ours, NOW)(storedAfter(ours, others), true)).toEqual({
        answer: { status: 'saved', token: created.id, version: 2 },
      });
    }
  });

  it('was not stored if another write made that version', () => {
    const theirs = { ...ours, writeId: newWriteId() };
    for (let others = 0; others < WRITES_KEPT; others += 1) {
      expect(save(ours, NOW)(storedAfter(theirs, others), true)).toEqual({ answer: { status: 'conflict' } });
    }
  });

  it('is of unknown outcome when nobody can tell any more', () => {
    expect(() => save(ours, NOW)(storedAfter(ours, WRITES_KEPT), true)).toThrow(
      /whether the change was stored is unknown/,
    );
  });

  it('is a conflict, as in every repository, when it comes from the caller again after another', () => {
    expect(save(ours, NOW)(storedAfter(ours, 1), false)).toEqual({ answer: { status: 'conflict' } });
  });
});

describe('A destroy that is tried again', () => {
  it('knows its own end of the session from that of another', () => {
    const stored = storedAfter(ours, 0);
    const by = newWriteId();
    const ended = destroy(created.id, undefined, by, NOW)(stored, false).write ?? '';
    expect(destroy(created.id, undefined, by, NOW)(ended, true)).toEqual({ answer: 'destroyed' });
    expect(destroy(created.id, undefined, newWriteId(), NOW)(ended, true)).toEqual({ answer: 'gone' });
  });
});
