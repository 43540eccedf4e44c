import { newWriteId } from '../../contracts/session-id.js';
import { rightParts } from './replaceable.repository.fixture.js';
import { wrong, type WrongRepository } from './wrong-repository.fixture.js';

const { saving, touching } = rightParts;
const refusedWrites = new Set<string>();

/** Repositories that save and touch wrongly. */
export const wrongWrites: readonly WrongRepository[] = [
  wrong(
    'creates over what is there',
    { saving: (record, stored) => saving(record, record.version === 0 ? undefined : stored) },
    'create: an id is never created twice by different writes',
    'create: a creation that is sent again after an update does not undo it',
    'parallel: of parallel creations of one id exactly one is accepted, unless the token is the record',
  ),
  wrong(
    'creates what it should update',
    { saving: (record, stored) => saving(record, stored ?? { ...record, writeId: newWriteId() }) },
    'save: an update of what was never stored is gone and creates nothing, unless the token is the record',
    'destroy: a save does not bring a destroyed session back',
    'expiry: a save does not bring an expired session back',
    'parallel: a destroy that races saves and touches wins, two hundred times',
  ),
  wrong(
    'does not recognise a write that is sent twice',
    { saving: (record, stored) => saving(record, stored && { ...stored, writeId: newWriteId() }) },
    'create: a creation that is sent twice counts once',
    'save: an update that is sent twice counts once',
  ),
  wrong(
    'counts a write that is sent twice two times',
    {
      saving: (record, stored) =>
        record.writeId === stored?.writeId
          ? ['saved', { ...stored, version: stored.version + 1 }]
          : saving(record, stored),
    },
    'create: a creation that is sent twice counts once',
    'save: an update that is sent twice counts once',
    'parallel: a creation and an update that are sent several times at once count once each',
  ),
  wrong(
    'saves from any version',
    {
      saving: (record, stored) =>
        saving(record.version > 0 && stored ? { ...record, version: stored.version } : record, stored),
    },
    'save: a save from a version that was replaced is a conflict, or wins where the last write does',
    'save: a save from a version that was never reached is a conflict, or wins where the last write does',
    'save: an update that is sent again after another one does not undo it',
    'parallel: of twenty parallel writers none is lost, or one wins as a whole',
  ),
  wrong(
    'saves from a version that was never reached',
    {
      saving: (record, stored) =>
        saving(record, stored && { ...stored, version: Math.max(stored.version, record.version) }),
    },
    'save: a save from a version that was never reached is a conflict, or wins where the last write does',
  ),
  wrong(
    'does not take back that it refused a write',
    {
      saving: (record, stored) => {
        const step = refusedWrites.has(record.writeId) ? (['conflict', stored] as const) : saving(record, stored);
        if (step[0] === 'conflict') refusedWrites.add(record.writeId);
        return step;
      },
    },
    'save: a write that met a conflict is accepted when it is made again from the stored version',
  ),
  wrong(
    'keeps what an update left out',
    { saving: (record, stored) => saving(record.version > 0 ? { ...stored, ...record } : record, stored) },
    'contents: an update replaces every field that may change, whether it grows or shrinks',
  ),
  wrong(
    'counts in steps of two',
    {
      saving: (record, stored) => {
        const [answer, next] = saving(record, stored);
        return [answer, next && next !== stored ? { ...next, version: next.version + 1 } : next];
      },
    },
    'save: an update at one server is seen at the other, one version higher each time',
  ),
  wrong(
    'keeps the deadline of a session that is saved',
    { saving: (record, stored) => saving({ ...record, expiresAt: stored?.expiresAt ?? record.expiresAt }, stored) },
    'expiry: a save moves the deadline forward',
    'expiry: a save moves the deadline back',
  ),
  wrong(
    'touches what is not there',
    { touching: (record, expiresAt, stored) => touching(record, expiresAt, stored ?? record) },
    'touch: a touch of what was never stored is gone and creates nothing, unless the token is the record',
    'destroy: a touch does not bring a destroyed session back',
    'expiry: a touch does not bring an expired session back',
  ),
  wrong(
    'touches back',
    { touching: (_record, expiresAt, stored) => (stored ? ['saved', { ...stored, expiresAt }] : ['gone']) },
    'touch: a touch never moves the deadline back',
    'touch: a touch made from an earlier deadline does not undo a later one',
  ),
  wrong(
    'touches in words only',
    { touching: (record, _expiresAt, stored) => touching(record, 0, stored) },
    'touch: a touch moves the deadline forward and leaves everything else alone',
    'expiry: a touched session outlives its first deadline',
  ),
  wrong(
    'counts a touch as a version',
    {
      touching: (record, expiresAt, stored) =>
        touching(record, expiresAt, stored && { ...stored, version: stored.version + 1 }),
    },
    'touch: a touch moves the deadline forward and leaves everything else alone',
    'touch: a session that was touched is saved as if it was not',
    'touch: a save made from before a touch is accepted',
  ),
  wrong(
    'counts a touch as a write',
    {
      touching: (record, expiresAt, stored) =>
        touching(record, expiresAt, stored && { ...stored, writeId: newWriteId() }),
    },
    'touch: a touch moves the deadline forward and leaves everything else alone',
    'save: an update that is sent again after a touch counts once',
  ),
  wrong(
    'compares versions at a touch',
    {
      touching: (record, expiresAt, stored) =>
        stored && stored.version !== record.version ? ['conflict', stored] : touching(record, expiresAt, stored),
    },
    'touch: a touch is no conflict although another version was saved meanwhile, and keeps that version',
  ),
  wrong(
    'writes the whole record at a touch',
    { touching: (record, expiresAt, stored) => touching(record, expiresAt, stored && record) },
    'touch: a touch is no conflict although another version was saved meanwhile, and keeps that version',
    'parallel: a save and a touch at the same time are both accepted',
  ),
];
