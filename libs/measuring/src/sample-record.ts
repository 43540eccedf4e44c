import type { SessionRecord } from 'nestjs-shared-session';
import { newRecord, payloadOf } from 'nestjs-shared-session/testing';
import { sampleSession } from './sample-session.js';

/** A new session, with which a repository can be tried without an application; it expires in an hour. */
export function sampleRecord(data: object = sampleSession()): SessionRecord {
  return newRecord({ payload: payloadOf(data) });
}
