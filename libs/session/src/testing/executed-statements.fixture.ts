import type { Connection, RowDataPacket } from 'mysql2/promise';

/** How many statements of every kind a MySQL has executed since it was started, as text or prepared, but for those that ask for figures. */
export async function executedStatements(server: Connection): Promise<number> {
  const [counts] = await server.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Com\\_%'");
  return counts
    .filter(({ Variable_name: name }) => !/^Com_(stmt_|show_status|admin_commands)/.test(String(name)))
    .reduce((sum, { Value: count }) => sum + Number(count), 0);
}

/** How many it executed during some work. */
export async function statementsDuring(server: Connection, work: () => Promise<unknown>): Promise<number> {
  const before = await executedStatements(server);
  await work();
  return (await executedStatements(server)) - before;
}
