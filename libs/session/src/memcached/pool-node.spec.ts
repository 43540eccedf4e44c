import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { PoolNode } from './pool-node.js';

it('A node that is lost is asked again four times a second', async () => {
  const asked: number[] = [];
  const listener = createServer((socket) => {
    asked.push(performance.now());
    socket.destroy();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void listener.close());
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  const node = new PoolNode({ host: '127.0.0.1', port }, undefined, 5_000, () => {});
  onTestFinished(() => node.close());

  // A command loses it, and the first question follows at once.
  await node.open();
  await vi.waitFor(() => expect(asked.length).toBeGreaterThanOrEqual(6), { timeout: 20_000 });
  const waits = asked.slice(2).map((at, nth) => at - asked[nth + 1]!);
  // A machine that is busy makes waits longer, but hardly all of them; a timer may be a millisecond early.
  expect(Math.min(...waits)).toBeGreaterThan(245);
  expect(Math.min(...waits)).toBeLessThan(500);
}, 30_000);
