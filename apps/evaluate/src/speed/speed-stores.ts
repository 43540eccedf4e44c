import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { OpenedStore } from 'shared-session-demo/lab';
import { type CommandCounter, MemcachedCommands, MysqlCommands, NO_COMMANDS, RedisCommands } from 'measuring';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { MemcachedAdmin, startMariadb, startMemcached, startRedis } from 'throwaway-servers';

/** Where a way keeps its sessions while its speed is measured: without the proxy that experiments slow it down with. */
export interface SpeedStore {
  /** Its address, or the store itself, which is closed with the instances; undefined where they need none. */
  readonly given: string | OpenedStore | undefined;
  /** Undefined where nobody counts. */
  readonly counter: CommandCounter | undefined;
  /** How much the sessions take there now; undefined where it cannot be told from outside. */
  bytes(): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** As the demo's own, and as somebody would who does not want to lose sessions. */
const REDIS_LOG = ['--appendonly', 'yes', '--appendfsync', 'everysec'];

const NOWHERE: SpeedStore = {
  given: undefined,
  counter: undefined,
  bytes: async () => undefined,
  stop: async () => {},
};

const OPEN: Readonly<Record<string, () => Promise<SpeedStore>>> = {
  redis: openRedis,
  'express-session': openRedis,
  'fastify-session': openRedis,
  mysql: openMysql,
  memcached: openMemcached,
  files: () => openDirectories(3),
  'one-directory': () => openDirectories(1),
  cookie: async () => ({ ...NOWHERE, counter: NO_COMMANDS, bytes: async () => 0 }),
};

/** Starts what a way needs. Throws `MissingServerError`. */
export async function openSpeedStore(way: string): Promise<SpeedStore> {
  return OPEN[way]?.() ?? NOWHERE;
}

async function openRedis(): Promise<SpeedStore> {
  const server = await startRedis({ args: REDIS_LOG });
  const counter = new RedisCommands(server.url);
  const client = new Redis(server.url);
  return {
    given: server.url,
    counter,
    bytes: async () => Number(/^used_memory_dataset:(\d+)/m.exec(await client.info('memory'))?.[1]),
    stop: async () => {
      counter.close();
      client.disconnect();
      await server.stop();
    },
  };
}

async function openMysql(): Promise<SpeedStore> {
  const server = await startMariadb();
  const counter = new MysqlCommands(server.url);
  return {
    given: server.url,
    counter,
    bytes: () => tableBytes(server.url),
    stop: async () => {
      counter.close();
      await server.stop();
    },
  };
}

/** Undefined before there is a table. */
async function tableBytes(url: string): Promise<number | undefined> {
  const connection = await createConnection(url);
  try {
    await connection.query('ANALYZE TABLE sessions');
    const [rows] = await connection.query<RowDataPacket[]>(
      "SELECT DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES WHERE TABLE_NAME = 'sessions'",
    );
    return rows[0] === undefined ? undefined : Number(rows[0]['bytes']);
  } finally {
    await connection.end();
  }
}

async function openMemcached(): Promise<SpeedStore> {
  const server = await startMemcached();
  const counter = new MemcachedCommands(server.url);
  const admin = new MemcachedAdmin(server.port);
  return {
    given: server.url,
    counter,
    bytes: async () => Number((await admin.stats())['bytes']),
    stop: async () => {
      counter.close();
      await server.stop();
    },
  };
}

/** Without the links that let the demo take a directory away. */
async function openDirectories(count: number): Promise<SpeedStore> {
  const parent = await mkdtemp(join(tmpdir(), 'evaluate-files-'));
  const directories = Array.from({ length: count }, (_, index) => join(parent, `${index + 1}`));
  const opened: OpenedStore = {
    address: JSON.stringify({ directories }),
    description: parent,
    servers: [],
    close: async () => {},
  };
  return {
    given: opened,
    counter: undefined,
    bytes: () => diskBytes(parent),
    stop: () => rm(parent, { recursive: true, force: true }),
  };
}

const BLOCK = 512;

async function diskBytes(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const blocks = await Promise.all(files.map(({ parentPath, name }) => blocksOf(join(parentPath, name))));
  return blocks.reduce((sum, each) => sum + each * BLOCK, 0);
}

/** None of a file that has gone meanwhile: a claim is removed when its write is done, after the answer. */
async function blocksOf(file: string): Promise<number> {
  try {
    return (await stat(file)).blocks;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
