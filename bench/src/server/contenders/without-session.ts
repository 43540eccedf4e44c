import { Controller, Get, Post } from '@nestjs/common';
import { CITY } from 'measuring/child';
import { NoopController } from './noop.controller.js';
import { OK, type SessionSetup } from './session-setup.js';

@Controller()
class NoSessionController {
  @Post('start')
  start(): typeof OK {
    return OK;
  }

  @Get('read')
  read(): { city: string } {
    return { city: CITY };
  }

  @Post('write')
  write(): typeof OK {
    return OK;
  }
}

/** The application without any session: what a route that uses none is measured against. */
export function withoutSession(): SessionSetup {
  return { module: { controllers: [NoopController, NoSessionController] } };
}
