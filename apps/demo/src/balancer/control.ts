import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerError, answerJson } from '../answer.js';
import { reasonOf } from '../demo-failure.js';
import type { Fleet } from '../fleet/fleet.js';
import type { Instance } from '../fleet/instance.js';

const ROOT = '/__demo';
const ACTION = /^\/__demo\/instances\/(?<name>[A-Z])\/(?<action>stop|start)$/;

/** What the balancer answers itself: the list of instances, and stopping and starting them. */
export class Control {
  constructor(private readonly fleet: Fleet) {}

  /** Whether a request is the balancer's own. */
  owns(path: string): boolean {
    return path === ROOT || path.startsWith(`${ROOT}/`);
  }

  async answer(request: IncomingMessage, path: string, response: ServerResponse): Promise<void> {
    request.resume();
    const { name = '', action } = ACTION.exec(path)?.groups ?? {};
    const instance = this.fleet.find(name);
    if (path === `${ROOT}/instances` && (request.method === 'GET' || request.method === 'HEAD')) {
      const views = this.fleet.instances.map(({ view }) => view);
      answerJson(response, 200, views);
    } else if (instance !== undefined && request.method === 'POST') {
      await answerWhenDone(response, instance, action === 'stop' ? instance.stop() : instance.start());
    } else {
      answerError(response, 404, `Cannot ${request.method} ${path}`);
    }
  }
}

async function answerWhenDone(response: ServerResponse, instance: Instance, action: Promise<void>): Promise<void> {
  try {
    await action;
    answerJson(response, 200, instance.view);
  } catch (error) {
    answerError(response, 500, reasonOf(error));
  }
}
