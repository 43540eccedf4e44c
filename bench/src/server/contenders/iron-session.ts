import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { getIronSession, type IronSession } from 'iron-session';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sampleSession, type ShopSession } from 'measuring/child';
import { NoopController } from './noop.controller.js';
import { SECRET } from './peer-options.js';
import { OK, type SessionSetup } from './session-setup.js';

const OPTIONS = { password: SECRET, cookieName: 'sid', cookieOptions: { secure: false } };

/** The routes as users of iron-session write them. */
@Controller()
class IronSessionController {
  private writes = 0;

  @Post('start')
  async start(
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<typeof OK> {
    const session = await open(request, response);
    Object.assign(session, sampleSession());
    await session.save();
    return OK;
  }

  @Get('read')
  async read(
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<{ city: string }> {
    const session = await open(request, response);
    return { city: session.user.address.city };
  }

  @Post('write')
  async write(
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<typeof OK> {
    const session = await open(request, response);
    session.visits = 1_000_000 + ++this.writes;
    await session.save();
    return OK;
  }
}

function open(request: IncomingMessage, response: ServerResponse): Promise<IronSession<ShopSession>> {
  return getIronSession<ShopSession>(request, response, OPTIONS);
}

/** iron-session: the sealed cookie that people use with Express. */
export function ironSession(): SessionSetup {
  return { module: { controllers: [NoopController, IronSessionController] } };
}
