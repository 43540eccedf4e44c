import type { Connection, RowDataPacket } from 'mysql2/promise';

/** How many prepared statements a MySQL has executed since it was started. */
export async function executedStatements(server: Connection): Promise<number> {
  const [rows] = await server.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'");
  return Number(rows[0]?.['Value']);
}

/** How many it executed during some work. */
export async function statementsDuring(server: Connection, work: () => Promise<unknown>): Promise<number> {
  const before = await executedStatements(server);
  await work();
  return (await executedStatements(server)) - before;
}
