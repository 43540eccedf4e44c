import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { SessionModule, type SessionRepository } from 'nestjs-shared-session';
import type { InstanceSettings } from '../fleet/messages.js';
import { BodyValidationPipe } from './body-validation.pipe.js';
import { ErrorBodyFilter } from './error-body.filter.js';
import { HealthController } from './health.controller.js';
import { INSTANCE_NAME } from './instance-name.js';
import { PageController } from './page.controller.js';
import { SessionController } from './session.controller.js';
import { TroubleController } from './trouble.controller.js';

@Module({
  controllers: [SessionController, TroubleController, HealthController, PageController],
  providers: [
    { provide: APP_PIPE, useClass: BodyValidationPipe },
    { provide: APP_FILTER, useClass: ErrorBodyFilter },
  ],
})
class InstanceModule {}

/** One instance of the shop, with its sessions in this repository. */
export function instanceModule(settings: InstanceSettings, repository: SessionRepository): DynamicModule {
  const sessions = SessionModule.forRoot({
    repository,
    idleTimeout: settings.idleMs,
    absoluteTimeout: settings.absoluteMs,
    transport: 'both',
    // Browsers drop a Secure cookie that comes over plain HTTP.
    ...(!settings.secure && { cookie: { name: 'sid', insecure: true } }),
  });
  return {
    module: InstanceModule,
    imports: [sessions],
    providers: [{ provide: INSTANCE_NAME, useValue: settings.name }],
  };
}
