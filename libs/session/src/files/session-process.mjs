/**
 * A server of its own for the tests: holds a repository and does what it is told. Needs `nest build session`.
 * Arguments: the options of `fileSessions` as JSON.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { newSessionId, newWriteId } from '../../dist/contracts/session-id.js';
import { fileSessions } from '../../dist/files/index.js';

const sessions = fileSessions(JSON.parse(process.argv[2]));

/** Saves again and again, telling every version that was stored, until the answer is not `saved`. */
async function saveForever(record, payloads) {
  for (let round = 0; ; round++) {
    const payload = payloads[round % payloads.length];
    const result = await sessions.save({ ...record, payload, writeId: newWriteId() });
    if (result.status !== 'saved') return result;
    process.send({ stored: result.version });
    record = { ...record, version: result.version };
  }
}

const working = new AbortController();

/** Creates, changes and ends sessions, and changes one that others change too, until it is told to stop; answers what it was told. */
async function work(shared) {
  const told = { alive: [], ended: [], appended: 0, errors: [] };
  const attempt = async (what) => {
    try {
      await what();
    } catch (error) {
      told.errors.push(error.message);
    }
  };
  for (let round = 0; !working.signal.aborted; round++) {
    await attempt(async () => {
      const record = sampleRecord();
      const { version } = await sessions.save(record);
      const changed = { ...record, version, writeId: newWriteId(), payload: `1"${round}"` };
      const second = await sessions.save(changed);
      if (round % 2 === 0) {
        if ((await sessions.destroy(record.id)) === 'destroyed') told.ended.push(record);
      } else told.alive.push({ ...changed, version: second.version });
    });
    // Not all the time: who loses against more than eight others in a row is told that the outcome is unknown.
    await pause(Math.random() * 100);
    await attempt(async () => {
      const found = await sessions.load(shared);
      const { status } = await sessions.save({ ...found, writeId: newWriteId(), payload: `${found.payload}.` });
      if (status === 'saved') told.appended++;
    });
    process.send({ stored: round + 1 });
  }
  return told;
}

function sampleRecord() {
  const now = Date.now();
  const times = { createdAt: now, expiresAt: now + 3_600_000, endsAt: now + 36_000_000 };
  return { id: newSessionId(), version: 0, writeId: newWriteId(), payload: '1"new"', ...times };
}

const methods = {
  work,
  stopWork: async () => working.abort(),
  load: (token) => sessions.load(token),
  save: (record) => sessions.save(record),
  touch: (record, expiresAt) => sessions.touch(record, expiresAt),
  destroy: (token, version) => sessions.destroy(token, version),
  saveForever,
};

process.on('message', ({ call, method, args }) => {
  methods[method](...args).then(
    (answer) => process.send({ call, answer }),
    (error) => process.send({ call, error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
await sessions.onModuleInit();
process.send({ ready: true });
