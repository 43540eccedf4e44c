import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { INSTANCE_NAME } from 'shared-session-demo/shop';

/** Injection token: a function that resolves when the store answers. */
export const PING = Symbol('PING');

const PATIENCE_MS = 500;

/** As the demo's own instances tell it. */
@Controller('health')
export class PeerHealthController {
  constructor(
    @Inject(INSTANCE_NAME) private readonly instance: string,
    @Inject(PING) private readonly ping: () => Promise<unknown>,
  ) {}

  @Get('live')
  live(): { instance: string } {
    return { instance: this.instance };
  }

  @Get('ready')
  async ready(): Promise<{ instance: string }> {
    const late = new Promise((_resolve, reject) => setTimeout(reject, PATIENCE_MS, new Error('late')).unref());
    try {
      await Promise.race([this.ping(), late]);
    } catch {
      throw new ServiceUnavailableException('The store does not answer');
    }
    return { instance: this.instance };
  }
}
