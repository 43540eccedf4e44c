import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  Logger,
  Module,
  Session as NestSession,
  Post,
  Scope,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { IsInt } from 'class-validator';
import {
  RequireLogin,
  Session,
  SessionConfigError,
  SessionManager,
  SessionModule,
  type SessionModuleOptions,
  SessionRepository,
} from 'nestjs-shared-session';
import { cookieSessions } from 'nestjs-shared-session/cookie';
import { memorySessions } from 'nestjs-shared-session/memory';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ObservedRepository } from '../../libs/session/src/core/engine.fixture.js';
import { Client } from '../support/client.js';
import { LabController } from '../instance/lab.controller.js';
import { PLATFORMS, type RunningApp, startApp } from '../instance/platforms.js';

const cookie = { insecure: true };
const boot = (options: unknown): Promise<unknown> =>
  Test.createTestingModule({ imports: [SessionModule.forRoot(options as SessionModuleOptions)] }).compile();

afterEach(() => vi.restoreAllMocks());

describe('Options that make no sense', () => {
  it('stop the boot with every problem: the path, what was found, what is allowed', async () => {
    const error = await boot({
      repository: 'redis',
      idleTimeout: 'soon',
      absoluteTimeout: -1,
      cookie: { sameSite: 'sometimes', name: 'a b', unknown: 1 },
      transport: 'pigeon',
      timeout: { command: Infinity },
      maxBytes: 1.5,
      data: 'Shop',
      extra: true,
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SessionConfigError);
    const { problems } = error as SessionConfigError;
    const paths = problems.map((problem) => problem.slice(0, problem.indexOf(':')));
    expect(paths.toSorted()).toEqual([
      'absoluteTimeout',
      'cookie.name',
      'cookie.sameSite',
      'cookie.unknown',
      'data',
      'extra',
      'idleTimeout',
      'maxBytes',
      'repository',
      'timeout.command',
      'transport',
    ]);
    expect((error as Error).message).toContain("idleTimeout: found 'soon', allowed is a duration");
  });

  it.each([
    [{ idleTimeout: '2h', absoluteTimeout: '1h' }, 'absoluteTimeout'],
    [{ idleTimeout: '1m', touchAfter: '1m' }, 'touchAfter'],
    [{ timeout: { command: '2s', request: '1s' } }, 'timeout.request'],
    [{ cookie: { name: '__Host-sid', domain: 'example.com' } }, 'cookie.domain'],
    [{ cookie: { name: '__Host-sid', path: '/shop' } }, 'cookie.path'],
    [{ cookie: { name: '__Secure-sid', insecure: true } }, 'cookie.insecure'],
    [{ cookie: { sameSite: 'none', insecure: true } }, 'cookie.sameSite'],
    [{ cookie: { partitioned: true, insecure: true } }, 'cookie.partitioned'],
  ])('contradict each other: %j', async (options, path) => {
    await expect(boot({ repository: memorySessions(), ...options })).rejects.toThrow(`- ${path}: found`);
  });

  it.each([undefined, null, 7, {}])('are %j altogether', async (options) => {
    await expect(boot(options)).rejects.toThrow(SessionConfigError);
  });
});

describe('The module', () => {
  it('takes everything from dependency injection, the repository too', async () => {
    @Module({ providers: [{ provide: 'CONFIG', useValue: { idle: '5m' } }], exports: ['CONFIG'] })
    class ConfigModule {}
    @Injectable()
    class Factory {
      createSessionOptions(): SessionModuleOptions {
        return { repository: memorySessions(), idleTimeout: '5m' };
      }
    }
    @Module({ providers: [Factory], exports: [Factory] })
    class FactoryModule {}
    const imports = [
      SessionModule.forRootAsync({
        imports: [ConfigModule],
        inject: ['CONFIG'],
        useFactory: async ({ idle }: { idle: string }) => ({ repository: memorySessions(), idleTimeout: idle }),
      }),
      SessionModule.forRootAsync({ useClass: Factory }),
      SessionModule.forRootAsync({ imports: [FactoryModule], useExisting: Factory }),
    ];
    for (const module of imports) {
      const app = await Test.createTestingModule({ imports: [module] }).compile();
      const session = (await app.get(SessionManager).openToken())!;
      session.data['a'] = 1;
      await session.save();
      expect(session.expiresAt! - session.createdAt!).toBe(300_000);
      await app.close();
    }
  });

  it('refuses to be configured twice in one application', async () => {
    const twice = await Test.createTestingModule({
      imports: [
        SessionModule.forRoot({ repository: memorySessions() }),
        SessionModule.forRoot({ repository: memorySessions(), idleTimeout: '1m' }),
      ],
    }).compile();
    await expect(twice.init()).rejects.toThrow('found twice');
    const one = { repository: memorySessions(), cookie };
    const first = await startApp('fastify', one, [LabController]);
    const second = await startApp('fastify', one, [LabController]);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('is global unless it is said otherwise', async () => {
    @Injectable()
    class Reports {
      constructor(readonly sessions: SessionManager) {}
    }
    @Module({ providers: [Reports] })
    class ReportsModule {}
    const options = { repository: memorySessions() };
    const app = await Test.createTestingModule({ imports: [SessionModule.forRoot(options), ReportsModule] }).compile();
    expect(app.get(Reports, { strict: false }).sessions).toBeInstanceOf(SessionManager);
    const local = Test.createTestingModule({
      imports: [SessionModule.forRoot({ ...options, global: false }), ReportsModule],
    });
    await expect(local.compile()).rejects.toThrow("can't resolve dependencies");
  });

  it('takes another repository in a test module, as any provider', async () => {
    const real = new ObservedRepository(memorySessions());
    const app = await Test.createTestingModule({ imports: [SessionModule.forRoot({ repository: real })] })
      .overrideProvider(SessionRepository)
      .useValue(memorySessions())
      .compile();
    const session = (await app.get(SessionManager).openToken())!;
    session.data['a'] = 1;
    await session.save();
    expect(real.calls).toEqual([]);
  });

  it('gives every session outside of a request by its token alone, and says whether the store answers', async () => {
    const repository = new ObservedRepository(memorySessions());
    const app = await Test.createTestingModule({ imports: [SessionModule.forRoot({ repository })] }).compile();
    const sessions = app.get(SessionManager);
    const created = (await sessions.openToken<{ job?: number }>())!;
    created.data.job = 1;
    await created.save();
    const token = sessions.tokenOf(created)!;
    expect((await sessions.openToken(token))?.data).toEqual({ job: 1 });
    expect(await sessions.openToken('x'.repeat(43))).toBeNull();
    expect(await sessions.ready()).toEqual({ ready: true });
    repository.before = () => {
      throw new Error('down');
    };
    expect(await sessions.ready()).toEqual({
      ready: false,
      reason: expect.stringContaining('cannot answer') as string,
    });
  });

  it('gives a session outside of a request the time of a request for each thing that is done with it', async () => {
    const repository = new ObservedRepository(memorySessions());
    const timeout = { command: 200, request: 200 };
    const app = await Test.createTestingModule({ imports: [SessionModule.forRoot({ repository, timeout })] }).compile();
    const session = (await app.get(SessionManager).openToken())!;
    repository.before = () => new Promise((resolve) => setTimeout(resolve, 80));
    for (let round = 1; round <= 5; round += 1) {
      session.data['round'] = round;
      await session.save();
    }
    expect(session.version).toBe(5);
  });

  it('asks the store itself whether it answers, where an unknown token would not', async () => {
    const revocations = new ObservedRepository(memorySessions());
    const repository = cookieSessions({ secrets: [randomBytes(36).toString('base64')], revocations });
    const app = await Test.createTestingModule({ imports: [SessionModule.forRoot({ repository })] }).compile();
    const sessions = app.get(SessionManager);
    expect(await sessions.ready()).toEqual({ ready: true });
    revocations.before = () => {
      throw new Error('down');
    };
    expect(await sessions.ready()).toMatchObject({ ready: false });
  });
});

describe.each(PLATFORMS)('On %s', (platform) => {
  let running: RunningApp;
  afterEach(() => running.stop());

  it('the decorator works under a ValidationPipe that transforms, whitelists and validates custom decorators', async () => {
    running = await startApp(platform, { repository: memorySessions(), cookie }, [LabController], (app) =>
      app.useGlobalPipes(
        new ValidationPipe({
          transform: true,
          whitelist: true,
          forbidNonWhitelisted: true,
          validateCustomDecorators: true,
          forbidUnknownValues: true,
        }),
      ),
    );
    const ann = new Client(running.url);
    expect((await ann.request('PUT', '/data/a', { value: { deep: [1] } })).status).toBe(200);
    expect(await (await ann.get('/session')).json()).toMatchObject({ data: { a: { deep: [1] } }, isNew: false });
  });

  it('guards, services of the request and handlers hold the same session', async () => {
    @Injectable()
    class Visits implements CanActivate {
      constructor(@Inject(SessionManager) private readonly sessions: SessionManager) {}
      async canActivate(context: ExecutionContext): Promise<boolean> {
        const session = await this.sessions.open<{ visits?: number }>(context.switchToHttp().getRequest());
        session.data.visits = (session.data.visits ?? 0) + 1;
        return true;
      }
    }
    @Injectable({ scope: Scope.REQUEST })
    class Greeting {
      constructor(
        @Inject(REQUEST) private readonly request: never,
        @Inject(SessionManager) private readonly sessions: SessionManager,
      ) {}
      async text(): Promise<string> {
        return `visit ${String((await this.sessions.open<{ visits: number }>(this.request)).data.visits)}`;
      }
    }
    @Controller()
    class GuardedController {
      constructor(@Inject(Greeting) private readonly greeting: Greeting) {}
      @Get('greet')
      @UseGuards(Visits)
      greet(): Promise<string> {
        return this.greeting.text();
      }
    }
    const options = { repository: memorySessions(), cookie };
    running = await startApp(platform, options, [GuardedController], undefined, [Greeting]);
    const ann = new Client(running.url);
    expect(await (await ann.get('/greet')).text()).toBe('visit 1');
    expect(await (await ann.get('/greet')).text()).toBe('visit 2');
  });

  it('@RequireLogin() lets only logged-in visitors pass, on a handler or on a controller', async () => {
    @Controller('all')
    @RequireLogin()
    class MembersController {
      @Get()
      get(): object {
        return {};
      }
    }
    running = await startApp(platform, { repository: memorySessions(), cookie }, [LabController, MembersController]);
    const ann = new Client(running.url);
    for (const path of ['/me', '/all']) expect((await ann.get(path)).status).toBe(401);
    await ann.post('/login', { user: 'ann' });
    for (const path of ['/me', '/all']) expect((await ann.get(path)).status).toBe(200);
    await ann.post('/logout');
    for (const path of ['/me', '/all']) expect((await ann.get(path)).status).toBe(401);
  });

  it('a passive look extends nothing, also behind a guard that opens the session', async () => {
    @Controller()
    class PollController {
      @Get('members/poll')
      @RequireLogin()
      poll(@Session({ passive: true }) session: Session): object {
        return { expiresAt: session.expiresAt };
      }
    }
    const options = { repository: memorySessions(), cookie, touchAfter: 0 };
    running = await startApp(platform, options, [LabController, PollController]);
    const ann = new Client(running.url);
    await ann.post('/login', { user: 'ann' });
    const expiry = async (path: string): Promise<number> =>
      ((await (await ann.get(path)).json()) as { expiresAt: number }).expiresAt;
    const before = await expiry('/poll');
    for (const path of ['/poll', '/members/poll', '/noop', '/poll']) await ann.get(path);
    expect(await expiry('/members/poll')).toBe(before);
    await ann.get('/me');
    await expect.poll(() => expiry('/poll')).toBeGreaterThan(before);
  });

  it('a value that breaks the data class is 422 with the property, one that cannot be stored with its key, too large 413', async () => {
    class Shop {
      @IsInt() a!: number;
    }
    running = await startApp(platform, { repository: memorySessions(), cookie, data: Shop, maxBytes: 100 }, [
      LabController,
    ]);
    const ann = new Client(running.url);
    const put = async (value: unknown): Promise<unknown> => (await ann.request('PUT', '/data/a', { value })).json();
    expect(await put('text')).toEqual({
      statusCode: 422,
      error: 'Unprocessable Entity',
      message: 'Session data: "a" breaks the rules of the data class; nothing was stored',
    });
    await put(1);
    expect(await (await ann.request('PUT', '/data/b', { value: 'x'.repeat(100) })).json()).toMatchObject({
      statusCode: 413,
    });
    expect(await (await ann.get('/session')).json()).toMatchObject({ data: { a: 1 }, version: 1 });
  });

  it("Nest's own @Session() is reported at boot by the handler's name", async () => {
    const warn = vi.spyOn(Logger, 'warn').mockReturnValue(undefined);
    @Controller()
    class OldController {
      @Post('old')
      old(@NestSession() session: unknown): unknown {
        return session;
      }
    }
    running = await startApp(platform, { repository: memorySessions(), cookie }, [OldController, LabController]);
    const said = warn.mock.calls.map(([message]) => String(message));
    expect(said.filter((message) => message.includes('imported from @nestjs/common'))).toEqual([
      expect.stringMatching(/^OldController\.old /),
    ]);
  });
});
