/**
 * A server of its own for the tests: holds a repository and does what it is told. Needs `nest build session`.
 * Arguments: the options of `fileSessions` as JSON.
 */
import { newWriteId } from '../../dist/contracts/session-id.js';
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

const methods = {
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
process.send({ ready: true });
