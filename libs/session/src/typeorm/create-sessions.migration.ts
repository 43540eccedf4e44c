import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable } from './session-table.js';

/**
 * Makes the table of the sessions, for `migrations` of the application's own `DataSource`. Another name than `sessions`: extend it by
 * a class whose own name ends in a time stamp, as TypeORM wants it, and set `table`.
 */
export class CreateSessions1764000000000 implements MigrationInterface {
  protected readonly table: string = 'sessions';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createTable(this.table));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE \`${this.table}\``);
  }
}
