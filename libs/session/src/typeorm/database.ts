import type { PoolConnection } from 'mysql2';

/** Connections to a primary and perhaps its replicas, however they are made. */
export interface Database {
  readonly hasReplicas: boolean;
  /** Whether the table may be made when it is missing: the database is the sessions' own. */
  readonly isOurs: boolean;
  /** A connection that nobody else uses until it is released. */
  primary(): Promise<PoolConnection>;
  /** The same to one of the replicas. */
  replica(): Promise<PoolConnection>;
  /** Begins to connect what is ours. Never rejects, and does not wait for a database that is down. */
  open(): Promise<void>;
  /** Closes what is ours, for good. Never waits longer than half a second. */
  close(): Promise<void>;
}

/** TypeORM's driver for MySQL and MariaDB, as far as it is used here; its query runner would log parameters and cannot be bounded in time. */
export interface MysqlDriver {
  obtainMasterConnection(): Promise<PoolConnection>;
  obtainSlaveConnection(): Promise<PoolConnection>;
}
