import type { INestApplication, ModuleMetadata } from '@nestjs/common';

/** What a contender brings into the application. */
export interface SessionSetup {
  /** What the application's module has. */
  readonly module: ModuleMetadata;
  /** Done before the application listens. */
  prepare?(app: INestApplication): Promise<void>;
}

/** What the routes `noop` and `write` answer. */
export const OK = { ok: true } as const;
