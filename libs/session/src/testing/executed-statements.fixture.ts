import type { Connection, RowDataPacket } from 'mysql2/promise';

/** How many prepared statements a MySQL has executed since it was started: all that are ours. */
export async function preparedStatements(server: Connection): Promise<number> {
  const [rows] = await server.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'");
  return Number(rows[0]?.['Value']);
}

/** How many statements of every kind it executed during some work, as text or prepared, but for those that ask for figures. */
export async function statementsDuring(server: Connection, work: () => Promise<unknown>): Promise<number> {
  const before = await allStatements(server);
  await work();
  return (await allStatements(server)) - before;
}

async function allStatements(server: Connection): Promise<number> {
  const [counts] = await server.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Com\\_%'");
  return counts
    .filter(({ Variable_name: name }) => !/^Com_(stmt_|show_status|admin_commands)/.test(String(name)))
    .reduce((sum, { Value: count }) => sum + Number(count), 0);
}
