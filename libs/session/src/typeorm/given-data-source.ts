import type { PoolConnection } from 'mysql2';
import type { DataSource } from 'typeorm';
import { SessionStoreError } from '../contracts/errors.js';
import type { Database, MysqlDriver } from './database.js';

/** The application's own `DataSource`. It may be initialised later than we are, and is neither changed nor closed. */
export class GivenDataSource implements Database {
  readonly isOurs = false;

  constructor(private readonly dataSource: DataSource) {}

  get hasReplicas(): boolean {
    return 'replication' in this.dataSource.options && this.dataSource.options.replication !== undefined;
  }

  async primary(): Promise<PoolConnection> {
    return this.driver().obtainMasterConnection();
  }

  async replica(): Promise<PoolConnection> {
    return this.driver().obtainSlaveConnection();
  }

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  private driver(): MysqlDriver {
    if (!this.dataSource.isInitialized) throw new SessionStoreError('the DataSource is not initialised');
    return this.dataSource.driver;
  }
}
