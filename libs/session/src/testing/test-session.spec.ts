import { describe, expect, it } from 'vitest';
import { testSession } from './test-session.js';

interface Shop {
  basket?: string[];
}

describe('A session for unit tests', () => {
  it('works as a session does, without a module', async () => {
    const session = testSession<Shop>({ principal: 'ann', data: { basket: ['a'] } });
    expect([session.principal, session.isNew, session.data]).toEqual(['ann', false, { basket: ['a'] }]);
    session.data.basket?.push('b');
    await session.save();
    expect(session.version).toBe(2);
    await session.update((data) => data.basket?.push('c'));
    await session.reload();
    expect(session.data).toEqual({ basket: ['a', 'b', 'c'] });
    await session.logout();
    expect(session.principal).toBeUndefined();
  });

  it('is a new visitor without content', async () => {
    const session = testSession<Shop>();
    expect([session.isNew, session.data]).toEqual([true, {}]);
    await session.login('ann');
    expect(session.principal).toBe('ann');
  });
});
