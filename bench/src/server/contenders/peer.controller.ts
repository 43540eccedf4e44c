import { Controller, Get, Post, Req } from '@nestjs/common';
import { sampleSession, type ShopSession } from 'measuring/child';
import { OK } from './session-setup.js';

interface Request {
  readonly session: ShopSession;
}

/** The routes as users of express-session and @fastify/session write them. */
@Controller()
export class PeerController {
  private writes = 0;

  @Post('start')
  start(@Req() { session }: Request): typeof OK {
    Object.assign(session, sampleSession());
    return OK;
  }

  @Get('read')
  read(@Req() { session }: Request): { city: string } {
    return { city: session.user.address.city };
  }

  @Post('write')
  write(@Req() { session }: Request): typeof OK {
    session.visits = 1_000_000 + ++this.writes;
    return OK;
  }
}
