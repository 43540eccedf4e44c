import { Controller, Get } from '@nestjs/common';
import { OK } from './session-setup.js';

/** The route that uses no session; the same in every contender, and the first of its routes. */
@Controller()
export class NoopController {
  @Get('noop')
  noop(): typeof OK {
    return OK;
  }
}
