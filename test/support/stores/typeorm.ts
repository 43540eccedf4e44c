import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { storageKey } from 'nestjs-shared-session';
import { FaultProxy, startMariadb } from 'throwaway-servers';
import type { FaultyStore, Refusal, TestStore } from './test-store.js';

/** Sessions in a throw-away MariaDB. */
export const typeorm: TestStore = {
  name: 'typeorm',
  timeout: { command: 5_000, request: 8_000 },
  endsByItsOwnClock: true,
  rounds: { writers: 5, logout: 200, redirect: 100 },
  start: async () => {
    const server = await startMariadb();
    // As patient as the instances: a busy machine may stand still for longer than the default gives a statement.
    return { address: JSON.stringify({ url: server.url, timeoutMs: 5_000 }), stop: () => server.stop() };
  },
  startFaulty,
};

/** Only one that may do no more than it must is refused by a server that is read-only. */
const USER = 'shop';

async function startFaulty(): Promise<FaultyStore> {
  const server = await startMariadb();
  const proxy = await FaultProxy.start(server.port);
  const admin = await createConnection(server.url);
  await admin.query(`CREATE USER ${USER}@'127.0.0.1'`);
  await admin.query(`GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON sessions.* TO ${USER}@'127.0.0.1'`);
  const rows = async (sql: string, ...values: unknown[]): Promise<RowDataPacket[]> =>
    (await admin.query<RowDataPacket[]>(sql, values))[0];
  const keyOf = (token: string): Buffer => Buffer.from(storageKey(token), 'hex');
  return {
    address: `mysql://${USER}@127.0.0.1:${proxy.port}/sessions`,
    proxy,
    refusals: { 'is read-only': readOnly(admin) },
    count: async () => (await rows('SELECT id FROM sessions WHERE format > 0')).length,
    stored: async (token) => JSON.stringify(await rows('SELECT * FROM sessions WHERE id = ?', keyOf(token))),
    overwrite: async (token, value) => {
      // A row says what format it has in a column; a payload of random bytes must not begin with a format by chance.
      const isNewer = /^2\d+$/.test(value.toString('latin1'));
      const payload = isNewer ? value : Buffer.concat([Buffer.from('\0'), value]);
      await rows('UPDATE sessions SET payload = ?, format = ? WHERE id = ?', payload, isNewer ? 2 : 1, keyOf(token));
    },
    stop: async () => {
      admin.destroy();
      await proxy.stop();
      await server.stop();
    },
  };
}

function readOnly(admin: Connection): Refusal {
  return {
    begin: () => admin.query('SET GLOBAL read_only = 1'),
    end: () => admin.query('SET GLOBAL read_only = 0'),
  };
}
