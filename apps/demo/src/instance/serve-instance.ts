import type { INestApplication } from '@nestjs/common';
import type { Server } from 'node:http';
import type { Guarantees } from 'nestjs-shared-session';
import { portFailure } from '../cli/port-check.js';
import { reasonOf } from '../demo-failure.js';
import type { InstanceOrder, InstanceReport, InstanceSettings } from '../fleet/messages.js';
import { LOOPBACK } from '../loopback.js';
import { delayRequests } from './delayed-requests.js';

/** How long requests in flight may take when this instance is told to end. */
const CLOSE_MS = 3_000;

/** The shop that a process serves. */
export interface ServedShop {
  /** Ready to listen. Throws when its configuration makes no sense. */
  create(settings: InstanceSettings): Promise<INestApplication<Server>>;
  /** What its sessions promise; undefined when nobody says. */
  guarantees(app: INestApplication<Server>): Guarantees | undefined;
}

let application: INestApplication<Server> | undefined;
let ending = false;

async function start(shop: ServedShop, settings: InstanceSettings): Promise<void> {
  try {
    application = await shop.create(settings);
    delayRequests(application.getHttpServer(), () => delayMs);
    await listen(application, settings);
    await tell({ is: 'listening', guarantees: shop.guarantees(application) });
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

/** Makes this process an instance: it serves the shop as it is told by the command that has forked it, and ends with it. */
export function serveInstance(shop: ServedShop): void {
  process.on('message', (order: InstanceOrder) => {
    if ('delayMs' in order) delayMs = order.delayMs;
    else void start(shop, order);
  });
  process.on('SIGTERM', () => void end());
  // A terminal sends it to every process; the command then ends its instances itself, in order.
  process.on('SIGINT', () => {});
  // The command is gone, perhaps without a chance to say so.
  process.on('disconnect', () => void end());
}
