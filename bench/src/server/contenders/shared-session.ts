import { Controller, Get, Post } from '@nestjs/common';
import { Session, SessionModule, type SessionRepository } from 'nestjs-shared-session';
import { sampleSession, type ShopSession } from 'measuring/child';
import { NoopController } from './noop.controller.js';
import { OK, type SessionSetup } from './session-setup.js';

@Controller()
class SharedSessionController {
  private writes = 0;

  @Post('start')
  start(@Session() session: Session<ShopSession>): typeof OK {
    Object.assign(session.data, sampleSession());
    return OK;
  }

  @Get('read')
  read(@Session() session: Session<ShopSession>): { city: string } {
    return { city: session.data.user.address.city };
  }

  @Post('write')
  write(@Session() session: Session<ShopSession>): typeof OK {
    session.data.visits = 1_000_000 + ++this.writes;
    return OK;
  }
}

/** This library. The idle timeout is long enough that no automatic touch falls due in a run: a tenth of it is 72 minutes. */
export function sharedSession(repository: SessionRepository): SessionSetup {
  return {
    module: {
      imports: [
        SessionModule.forRoot({
          repository,
          idleTimeout: '12h',
          absoluteTimeout: '12h',
          cookie: { insecure: true },
          // One stall of a disk must not end the measurement.
          timeout: { command: '5s', request: '8s' },
        }),
      ],
      controllers: [NoopController, SharedSessionController],
    },
  };
}
