import { typeormSessions } from 'nestjs-shared-session/typeorm';
import { MARIADB, startMariadb } from 'throwaway-servers';
import { DemoFailure } from '../demo-failure.js';
import type { DemoStore, OpenedStore } from './demo-store.js';
import { ProxiedServer } from './proxied-server.js';
import { openThrowaway } from './throwaway-store.js';

const URL_EXAMPLE = 'mysql://user:password@host:port/database';

/** One MySQL or MariaDB that all instances share. The table is made when it is missing. */
export const MYSQL: DemoStore = {
  open: async (url) => (url === undefined ? openOwn() : openGiven(url)),
  repository: (url) => typeormSessions(url),
};

function openOwn(): Promise<OpenedStore> {
  const start = () => ProxiedServer.start('mariadb', MARIADB.binary, () => startMariadb());
  return openThrowaway([start], ([mariadb]) => mariadb?.url ?? '', URL_EXAMPLE);
}

function openGiven(text: string): OpenedStore {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isMysql = url !== undefined && ['mysql:', 'mariadb:'].includes(url.protocol) && url.hostname !== '';
  if (!isMysql || !/^\/[^/]+$/.test(url.pathname)) {
    throw new DemoFailure(`--url of the mysql store looks like ${URL_EXAMPLE}`);
  }
  return {
    address: text,
    description: `${url.protocol}//${url.host}${url.pathname}`,
    servers: [],
    close: async () => {},
  };
}
