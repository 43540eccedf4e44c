import { afterEach, expect, it } from 'vitest';
import { MemcachedAdmin, startMemcached, type ThrowawayServer } from './index.js';

const servers: ThrowawayServer[] = [];
async function start(...options: Parameters<typeof startMemcached>): Promise<[ThrowawayServer, MemcachedAdmin]> {
  const server = await startMemcached(...options);
  servers.push(server);
  return [server, new MemcachedAdmin(server.port)];
}
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

it('A throw-away memcached answers at the address it names, and forgets when it is started again', async () => {
  const [server, admin] = await start();
  expect(server.url).toBe(`memcached://127.0.0.1:${server.port}`);
  await admin.set('key', 'value\r\nEND\r\n', 60);
  expect(String(await admin.get('key'))).toBe('value\r\nEND\r\n');
  expect((await admin.items()).map(({ key }) => key)).toEqual(['key']);
  await server.kill();
  await server.restart();
  expect(await admin.get('key')).toBeUndefined();
  expect(await admin.stats()).toMatchObject({ pid: String(server.pid), curr_items: '0' });
});

it('One that evicts nothing can be filled and emptied', async () => {
  const [, admin] = await start({ args: ['-M', '-m', '2'] });
  await admin.set('key', 'kept');
  const empty = await admin.fill(300);
  await expect(admin.set('other', 'x'.repeat(200))).rejects.toThrow(/out of memory/);
  await empty();
  await admin.set('other', 'x'.repeat(200));
  expect(String(await admin.get('key'))).toBe('kept');
});
