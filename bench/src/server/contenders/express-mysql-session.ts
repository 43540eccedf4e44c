import session from 'express-session';
import { createRequire } from 'node:module';
import { overStore } from './express-session.js';
import type { SessionSetup } from './session-setup.js';

type StoreClass = new (options: Record<string, unknown>) => session.Store & { onReady(): Promise<void> };

/** The package has no types. */
const mysqlStore = createRequire(import.meta.url)('express-mysql-session') as (library: typeof session) => StoreClass;

/** express-session with express-mysql-session, in its best form: reads do not touch. */
export async function expressMysqlSession(url: string): Promise<SessionSetup> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const MysqlStore = mysqlStore(session);
  const store = new MysqlStore({
    host: hostname,
    port: Number(port),
    user: username,
    password,
    database: pathname.slice(1),
    connectionLimit: 10,
    disableTouch: true,
    schema: { tableName: 'peer_sessions' },
  });
  await store.onReady();
  return overStore(store, 'best');
}
