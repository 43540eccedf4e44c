import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { type CommandCount, type CommandCounter, countedBy } from './command-counter.js';

/** Statements that sessions are made of, prepared or not; what a pool does to keep its connections is not among them. */
const STATEMENTS = ['select', 'insert', 'update', 'delete', 'replace', 'call_procedure', 'begin', 'commit'];

/** Counts statements by the server's own status. */
export class MysqlCommands implements CommandCounter {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = createPool({ uri: url, connectionLimit: 1 });
  }

  during(requests: number, work: () => Promise<unknown>): Promise<CommandCount> {
    return countedBy(() => this.executed(), requests, work);
  }

  close(): void {
    this.pool.end().catch(() => undefined);
  }

  private async executed(): Promise<Map<string, number>> {
    const [rows] = await this.pool.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Com\\_%'");
    const counts = rows.map(({ Variable_name: name, Value: value }) => [String(name).slice(4), Number(value)] as const);
    return new Map(counts.filter(([name]) => STATEMENTS.includes(name)));
  }
}
