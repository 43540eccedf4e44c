import { startRedis } from 'throwaway-servers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { redisSessions } from '../redis/index.js';
import { given, newSecret } from './cookie-sessions.fixture.js';
import { type CookieSessionRepository, cookieSessions } from './index.js';

it('Sealed sessions outlive the Redis of their revocations, which forgets who has logged out when it is lost', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const secrets = [newSecret()];
  const instance = (): CookieSessionRepository => {
    const sessions = cookieSessions({ secrets, revocations: redisSessions(server.url) });
    onTestFinished(() => sessions.onApplicationShutdown());
    return sessions;
  };
  const before = instance();
  const [staying, leaving] = [await given(before), await given(before)];
  await before.destroy(leaving.token);
  expect(await before.load(leaving.token)).toBeNull();

  // Without a file on a disk it has nothing when it comes back.
  await server.kill();
  await server.restart();
  const after = instance();
  expect(await vi.waitFor(() => after.load(staying.token), 10_000)).toEqual(staying.record);
  expect(await after.load(leaving.token)).toEqual(leaving.record);
});
