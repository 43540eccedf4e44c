import { SessionStoreError } from '../../contracts/errors.js';
import { isSessionId } from '../../contracts/session-id.js';
import { newRecord } from '../sample-session.js';
import { rightParts } from './replaceable.repository.fixture.js';
import { wrong, type WrongRepository } from './wrong-repository.fixture.js';

const { saving } = rightParts;

function seconds(epochMs: number): number {
  return Math.floor(epochMs / 1_000) * 1_000;
}

/** Repositories with wrong ideas of tokens, ids and contents. */
export const wrongContents: readonly WrongRepository[] = [
  wrong(
    'gives a new token with every write',
    {
      token: ({ id, writeId }) => id + writeId,
      key: (token) => token.slice(0, 43),
      isToken: (token) => isSessionId(token.slice(0, 43)),
    },
    'create: the token of a stored session stays, that of a client-held one is new with every write',
    'load: a token that was altered is no session, and cannot destroy one',
  ),
  wrong(
    'throws at a malformed token',
    {
      isToken: (token) => {
        if (!isSessionId(token)) throw new SessionStoreError('the token is malformed');
        return true;
      },
    },
    'load: what cannot be a token is no session, and no error',
    'load: a token that was altered is no session, and cannot destroy one',
  ),
  wrong(
    'forgives spaces around a token',
    { key: (token) => token.trim(), isToken: (token) => isSessionId(token.trim()) },
    'load: a token that was altered is no session, and cannot destroy one',
  ),
  wrong(
    'ignores the case of an id',
    { key: (id) => id.toLowerCase() },
    'create: ids that differ only in the case of a letter are different sessions',
    'load: a token that was altered is no session, and cannot destroy one',
  ),
  wrong(
    'decodes ids',
    { key: (id) => Buffer.from(id, 'base64url').toString('hex') },
    'create: ids that differ only in their last character are different sessions',
  ),
  wrong(
    'keeps all sessions in one place',
    { key: () => 'session' },
    'contents: sessions do not touch each other',
    'parallel: parallel creations of different ids are all accepted',
  ),
  wrong(
    'adopts an unknown id',
    { asLoaded: (record, id) => record ?? newRecord({ id }) },
    'load: an id that was never stored is no session',
    'load: loading creates nothing',
  ),
  wrong(
    'stores the object that it was given',
    {
      asStored: (record) => record,
      saving: (record, stored) => {
        const [answer, next] = saving(record, stored);
        return [answer, next && Object.assign(record, next)];
      },
    },
    'create: what is stored does not change with the object that was given',
  ),
  wrong(
    'returns the object that is stored',
    { asLoaded: (record) => record ?? null },
    'create: what is stored does not change with the object that was returned',
  ),
  wrong(
    'counts times in seconds',
    {
      asStored: (record) => ({
        ...record,
        createdAt: seconds(record.createdAt),
        ...(record.authenticatedAt && { authenticatedAt: seconds(record.authenticatedAt) }),
      }),
    },
    'contents: every field of a record comes back',
  ),
  wrong(
    'returns an empty principal where there is none',
    { asLoaded: (record) => (record ? { ...record, principal: record.principal ?? '' } : null) },
    'contents: fields that a record does not have stay absent',
  ),
  wrong(
    'normalises a principal',
    { asStored: (record) => ({ ...record, ...(record.principal && { principal: record.principal.normalize() }) }) },
    'contents: a principal comes back in any script',
  ),
  wrong(
    'cuts a payload at NUL',
    { asStored: (record) => ({ ...record, payload: record.payload.replace(/\0.*/s, '') }) },
    'contents: a payload comes back character by character',
  ),
  wrong(
    'cuts a payload at 65,535 bytes',
    { asStored: (record) => ({ ...record, payload: Buffer.from(record.payload).toString('utf8', 0, 65_535) }) },
    'contents: a payload of 64 KiB comes back, or is refused as too large by a token',
  ),
];
