import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { SessionRepository } from './contracts/repository.js';
import { SessionEngine } from './core/session-engine.js';
import { SessionEvents } from './core/session-events.js';
import { BootChecks } from './http/boot-checks.js';
import { SessionExceptionFilter } from './http/session-exception.filter.js';
import { SessionManager } from './http/session-manager.js';
import { SessionTransport } from './http/session-transport.js';
import { type SessionSettings, settingsOf } from './options/settings.js';
import type { SessionModuleOptions } from './session.options.js';

const SETTINGS = Symbol('session settings');

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<SessionModuleOptions>({
    moduleName: 'Session',
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createSessionOptions')
    .setExtras({ global: true }, (definition, { global }) => ({ ...definition, global: global ?? true }))
    .build();

/**
 * Sessions shared by all instances of an application. `forRoot(options)` or `forRootAsync({ imports, inject, useFactory | useClass |
 * useExisting })`, once per application; global unless `global: false` is said. Throws `SessionConfigError` at boot.
 * Exports `SessionManager`, `SessionRepository` and `SessionEvents`.
 */
@Module({
  providers: [
    { provide: SETTINGS, useFactory: settingsOf, inject: [MODULE_OPTIONS_TOKEN] },
    { provide: SessionRepository, useFactory: (settings: SessionSettings) => settings.repository, inject: [SETTINGS] },
    { provide: SessionEvents, useFactory: () => new SessionEvents() },
    {
      provide: SessionTransport,
      useFactory: ({ transport, cookie }: SessionSettings, { guarantees }: SessionRepository) =>
        new SessionTransport(transport, cookie, guarantees.reads === 'read-your-writes'),
      inject: [SETTINGS, SessionRepository],
    },
    {
      provide: SessionEngine,
      useFactory: (
        settings: SessionSettings,
        repository: SessionRepository,
        transport: SessionTransport,
        events: SessionEvents,
      ) => new SessionEngine(repository, { ...settings.engine, announceTouch: transport.persistent }, events),
      inject: [SETTINGS, SessionRepository, SessionTransport, SessionEvents],
    },
    SessionManager,
    BootChecks,
    { provide: APP_FILTER, useClass: SessionExceptionFilter },
  ],
  exports: [SessionManager, SessionRepository, SessionEvents],
})
export class SessionModule extends ConfigurableModuleClass {
  /** Sessions with these options. What is wrong with them is said when the application starts. */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return super.forRoot(options ?? ({} as typeof OPTIONS_TYPE));
  }
}
