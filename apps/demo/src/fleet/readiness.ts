import { setTimeout as delay } from 'node:timers/promises';
import { DemoFailure, reasonOf } from '../demo-failure.js';
import type { ErrorBody } from '../error-body.js';
import type { Instance } from './instance.js';

/** How long a store may take until the first instances reach it. */
const PATIENCE_MS = 3_000;
const ASK_EVERY_MS = 50;

/** Resolves when the store answers every instance. Throws `DemoFailure` with the reason when it does not. */
export async function untilReady(instances: readonly Instance[], store: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  await Promise.all(
    instances.map(async (instance) => {
      let reason = await obstacle(instance);
      while (reason !== undefined) {
        if (performance.now() > deadline) throw new DemoFailure(`The store cannot be reached at ${store}: ${reason}`);
        await delay(ASK_EVERY_MS);
        reason = await obstacle(instance);
      }
    }),
  );
}

/** Why an instance is not ready; undefined when it is. */
async function obstacle(instance: Instance): Promise<string | undefined> {
  try {
    const response = await fetch(`${instance.url}/health/ready`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const body: Partial<ErrorBody> = JSON.parse(await response.text());
    return response.ok ? undefined : (body.message ?? response.statusText);
  } catch (error) {
    return reasonOf(error);
  }
}
