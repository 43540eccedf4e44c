import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ask, LOOPBACK } from './loopback.js';
import { requireServer, type ServerSoftware } from './server-software.js';
import { ThrowawayServer, type ServerRecipe, type ThrowawayServerOptions } from './throwaway-server.js';

/** What `installServer` and `MissingServerError` need to know about MariaDB. */
export const MARIADB: ServerSoftware = { binary: 'mariadbd', aptPackage: 'mariadb-server' };

/** Comes with the server's package. */
const MARIADB_INSTALL: ServerSoftware = { ...MARIADB, binary: 'mariadb-install-db' };

/** The database that every MariaDB of ours has. */
const DATABASE = 'sessions';

/** How a MariaDB of our own is started. */
export interface MariadbServerOptions extends ThrowawayServerOptions {
  /** More of mariadbd's arguments, such as `--read-only`; they win over ours. */
  readonly args?: readonly string[];
  /** SQL that it executes before it takes connections, at every start. */
  readonly init?: readonly string[];
}

/** Two servers: what is written to the first arrives at the second, in order of their global transaction ids. */
export interface MariadbPair {
  readonly primary: ThrowawayServer;
  readonly replica: ThrowawayServer;
  stop(): Promise<void>;
}

/** Starts a small MariaDB on the loopback interface, with an empty database `sessions` and the user root without a password. */
export async function startMariadb(options: MariadbServerOptions = {}): Promise<ThrowawayServer> {
  const init = [`CREATE DATABASE IF NOT EXISTS ${DATABASE}`, ...(options.init ?? [])];
  return ThrowawayServer.start(mariadbRecipe(options.args ?? [], init), options);
}

/**
 * Starts a MariaDB and a read-only replica of it.
 * @param acknowledgement `late`: the replica hears of what is committed afterwards; `semi-synchronous`: nothing is committed before it has it
 */
export async function startMariadbPair(acknowledgement: 'late' | 'semi-synchronous' = 'late'): Promise<MariadbPair> {
  const log = ['--log-bin', '--log-slave-updates', '--binlog-format=ROW'];
  const isSemiSynchronous = acknowledgement === 'semi-synchronous';
  const primary = await startMariadb({
    args: ['--server-id=1', ...log, ...(isSemiSynchronous ? WAIT_FOR_REPLICA : [])],
  });
  const init = [
    `CHANGE MASTER TO MASTER_HOST='${LOOPBACK}', MASTER_PORT=${primary.port}, MASTER_USER='root', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1`,
    'START SLAVE',
  ];
  try {
    const args = ['--server-id=2', '--read-only', ...log, ...(isSemiSynchronous ? ANSWER_PRIMARY : [])];
    const replica = await ThrowawayServer.start(mariadbRecipe(args, init));
    return { primary, replica, stop: async () => void (await Promise.all([replica.stop(), primary.stop()])) };
  } catch (error) {
    await primary.stop();
    throw error;
  }
}

function mariadbRecipe(args: readonly string[], init: readonly string[]): ServerRecipe {
  return {
    software: MARIADB,
    prepare: makeSystemTables,
    arguments: (port, directory) => {
      const initFile = join(directory, 'init.sql');
      writeFileSync(initFile, init.map((statement) => `${statement};\n`).join(''));
      return ['--no-defaults', ...fixedArguments(port, directory), `--init-file=${initFile}`, ...args];
    },
    // Its version: before it knows its users it says that "this MariaDB server" lets nobody in.
    answers: async (port) => /\d-MariaDB/.test((await ask(port, '')) ?? ''),
    url: (port) => `mysql://root@${LOOPBACK}:${port}/${DATABASE}`,
  };
}

/** The point of waiting is before the commit, so that nobody has seen what the replica has not. */
const WAIT_FOR_REPLICA = [
  '--rpl-semi-sync-master-enabled',
  '--rpl-semi-sync-master-wait-point=AFTER_SYNC',
  '--rpl-semi-sync-master-wait-no-slave=OFF',
];
const ANSWER_PRIMARY = ['--rpl-semi-sync-slave-enabled'];

/** Little memory, and what is committed survives the process though not the machine. */
function fixedArguments(port: number, directory: string): string[] {
  return [
    `--datadir=${join(directory, 'data')}`,
    `--port=${port}`,
    `--bind-address=${LOOPBACK}`,
    `--socket=${join(directory, 'socket')}`,
    `--pid-file=${join(directory, 'pid')}`,
    `--tmpdir=${temporaryTables(directory)}`,
    '--skip-name-resolve',
    '--skip-log-bin',
    '--skip-slave-start',
    '--performance-schema=OFF',
    '--innodb-buffer-pool-size=16M',
    '--innodb-log-file-size=8M',
    '--innodb-flush-log-at-trx-commit=2',
    '--aria-pagecache-buffer-size=8M',
    '--key-buffer-size=1M',
    ...asRoot(),
  ];
}

async function makeSystemTables(directory: string): Promise<void> {
  mkdirSync(temporaryTables(directory), { recursive: true });
  const data = join(directory, 'data');
  if (existsSync(data)) return;
  try {
    const words = [`--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot()];
    await promisify(execFile)(requireServer(MARIADB_INSTALL), ['--no-defaults', ...words], {
      env: { ...process.env, TMPDIR: temporaryTables(directory) },
    });
  } catch (error) {
    // The next attempt would take half of them for all.
    rmSync(data, { recursive: true, force: true });
    throw error;
  }
}

/** Its own: a MariaDB that starts removes the temporary tables that it finds, those of its neighbours too. */
function temporaryTables(directory: string): string {
  return join(directory, 'tmp');
}

/** MariaDB refuses to run as root unless it is told to. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}
