import { BadRequestException, Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { Session } from 'nestjs-shared-session';
import { LoginBody, ValueBody } from './bodies.js';
import { INSTANCE_NAME } from './instance-name.js';
import { SessionKeyPipe } from './session-key.js';
import { viewOf, type SessionView, type Shop } from './session-view.js';

/** What an application does with a session. Answers that show the session are sent after it is stored. */
@Controller('api')
export class SessionController {
  constructor(@Inject(INSTANCE_NAME) private readonly instance: string) {}

  @Get('noop')
  noop(): { instance: string } {
    return { instance: this.instance };
  }

  @Get('session')
  show(@Session() session: Session<Shop>): SessionView {
    return viewOf(this.instance, session);
  }

  @Put('session/data/:key')
  async set(
    @Session() session: Session<Shop>,
    @Param('key', SessionKeyPipe) key: string,
    @Body() { value }: ValueBody,
  ): Promise<SessionView> {
    session.data[key] = value;
    await session.save();
    return viewOf(this.instance, session);
  }

  @Delete('session/data/:key')
  async remove(@Session() session: Session<Shop>, @Param('key', SessionKeyPipe) key: string): Promise<SessionView> {
    delete session.data[key];
    await session.save();
    return viewOf(this.instance, session);
  }

  @Post('session/increment/:key')
  @HttpCode(200)
  async increment(
    @Session() session: Session<Shop>,
    @Param('key', SessionKeyPipe) key: string,
  ): Promise<{ instance: string; value: number }> {
    const value = await session.update((data) => (data[key] = numberAt(data, key) + 1));
    return { instance: this.instance, value };
  }

  @Post('session/touch')
  @HttpCode(200)
  async touch(@Session() session: Session<Shop>): Promise<SessionView> {
    await session.touch();
    return viewOf(this.instance, session);
  }

  @Post('session/regenerate')
  @HttpCode(200)
  async regenerate(@Session() session: Session<Shop>): Promise<SessionView> {
    await session.regenerate();
    return viewOf(this.instance, session);
  }

  @Delete('session')
  @HttpCode(204)
  async destroy(@Session() session: Session<Shop>): Promise<void> {
    await session.destroy();
  }

  @Post('login')
  @HttpCode(200)
  async login(@Session() session: Session<Shop>, @Body() { user }: LoginBody): Promise<SessionView> {
    await session.login(user);
    return viewOf(this.instance, session);
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Session() session: Session<Shop>): Promise<void> {
    await session.logout();
  }
}

/** What is counted starts at 0. */
function numberAt(data: Shop, key: string): number {
  const value = key in data ? data[key] : 0;
  if (typeof value !== 'number') throw new BadRequestException('The value is no number');
  return value;
}
