import { setTimeout as delay } from 'node:timers/promises';
import type { Lab, LabInstance } from '../lab.js';

const READY_WITHIN_MS = 20_000;
const ASK_EVERY_MS = 25;

/**
 * Does something with a cluster of which everything is up, and brings everything back afterwards, whatever comes of it.
 * @throws when it cannot be brought up
 */
export async function withWholeCluster<T>(lab: Lab, work: () => Promise<T>): Promise<T> {
  await bringAllBack(lab);
  try {
    return await work();
  } finally {
    await bringAllBack(lab);
  }
}

/** Undoes whatever was done to anything; resolves when every instance is ready. Throws when one does not become ready. */
export async function bringAllBack(lab: Lab): Promise<void> {
  await Promise.all(lab.servers.map((server) => server.bringBack()));
  await Promise.all(lab.instances.map((instance) => instance.bringBack()));
  await untilReady(lab);
}

/** Resolves when every instance says that it reaches its store. Throws when one does not within 20 s. */
export async function untilReady(lab: Lab): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  await Promise.all(
    lab.instances.map(async (instance) => {
      while (!(await isReady(instance))) {
        if (performance.now() > deadline) throw new Error(`Instance ${instance.name} does not become ready`);
        await delay(ASK_EVERY_MS);
      }
    }),
  );
}

async function isReady({ url }: LabInstance): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
