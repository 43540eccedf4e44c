import type { INestApplication } from '@nestjs/common';
import type { Server } from 'node:http';
import { SessionRepository } from 'nestjs-shared-session';
import { portFailure } from '../cli/port-check.js';
import { reasonOf } from '../demo-failure.js';
import type { InstanceOrder, InstanceReport, InstanceSettings } from '../fleet/messages.js';
import { LOOPBACK } from '../loopback.js';
import { createInstance } from './create-instance.js';
import { delayRequests } from './delayed-requests.js';

/** How long requests in flight may take when this instance is told to end. */
const CLOSE_MS = 3_000;

let application: INestApplication<Server> | undefined;
let ending = false;

async function start(settings: InstanceSettings): Promise<void> {
  try {
    application = await createInstance(settings);
    delayRequests(application.getHttpServer(), () => delayMs);
    await listen(application, settings);
    await tell({ is: 'listening', guarantees: application.get(SessionRepository).guarantees });
  } catch (error) {
    await tell({ is: 'failed', reason: reasonOf(error) });
    process.exit(1);
  }
}

async function listen(app: INestApplication<Server>, { name, port }: InstanceSettings): Promise<void> {
  try {
    await app.listen(port, LOOPBACK);
  } catch (error) {
    throw portFailure(port, `instance ${name}`, error);
  }
}

/** Finishes the requests in flight, closes the store and ends; what takes too long is cut. */
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(0), CLOSE_MS).unref();
  await tell({ is: 'stopping' });
  const server = application?.getHttpServer();
  setInterval(() => server?.closeIdleConnections(), 50).unref();
  await application?.close();
  process.exit(0);
}

/** Tells the command, if it is still there. */
async function tell(report: InstanceReport): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(report, undefined, {}, () => resolve());
  });
}

/** A request waits for so long before the shop sees it. */
let delayMs = 0;

process.on('message', (order: InstanceOrder) => {
  if ('delayMs' in order) delayMs = order.delayMs;
  else void start(order);
});
process.on('SIGTERM', () => void end());
// A terminal sends it to every process; the command then ends its instances itself, in order.
process.on('SIGINT', () => {});
// The command is gone, perhaps without a chance to say so.
process.on('disconnect', () => void end());
