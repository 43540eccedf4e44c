import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { SessionConfigError } from '../contracts/errors.js';
import { SessionManager } from './session-manager.js';
import { preparePlatform } from './platform.js';
import { handlersWithNestSession } from './nest-session-decorator.js';

/** What must be looked at once the whole application is known, before it serves. */
@Injectable()
export class BootChecks implements OnModuleInit {
  constructor(
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    this.refuseTwo();
    this.reportNestSession();
    preparePlatform(this.adapterHost);
  }

  private refuseTwo(): void {
    const managers = [...this.modules.values()].filter((module) => module.providers.has(SessionManager));
    if (managers.length > 1) {
      throw new SessionConfigError([
        'SessionModule.forRoot: found twice in this application, allowed is once; import it in the root module alone',
      ]);
    }
  }

  private reportNestSession(): void {
    for (const handler of handlersWithNestSession(this.modules)) {
      Logger.warn(
        `${handler} takes a @Session() that is imported from @nestjs/common, not from nestjs-shared-session: it gives no session of this library`,
        'SessionModule',
      );
    }
  }
}
