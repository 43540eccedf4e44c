import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { SessionManager } from 'nestjs-shared-session';
import { INSTANCE_NAME } from './instance-name.js';

/** For whoever decides what to do with this process: replace it, or send it no requests. */
@Controller('health')
export class HealthController {
  constructor(
    @Inject(INSTANCE_NAME) private readonly instance: string,
    private readonly sessions: SessionManager,
  ) {}

  /** The process answers, whatever the store does. */
  @Get('live')
  live(): { instance: string } {
    return { instance: this.instance };
  }

  /** The store answers, too. */
  @Get('ready')
  async ready(): Promise<{ instance: string }> {
    const { ready, reason } = await this.sessions.ready();
    if (!ready) throw new ServiceUnavailableException(reason);
    return { instance: this.instance };
  }
}
