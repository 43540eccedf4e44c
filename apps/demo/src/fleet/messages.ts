import type { Guarantees } from 'nestjs-shared-session';
import type { PlatformName } from '../instance/platform-name.js';

/** All that an instance must know. Handed over on the private channel: it may hold secrets, and arguments are public. */
export interface InstanceSettings {
  readonly name: string;
  readonly port: number;
  readonly platform: PlatformName;
  readonly store: string;
  /** Of the opened store, as `DemoStore.repository` takes it. */
  readonly storeAddress: string;
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly secure: boolean;
}

/** What the command tells an instance: its settings first of all, and from then on how long every request waits. */
export type InstanceOrder = InstanceSettings | { readonly delayMs: number };

/** What an instance tells the command. */
export type InstanceReport =
  | { readonly is: 'listening'; readonly guarantees: Guarantees | undefined }
  | { readonly is: 'failed'; readonly reason: string }
  | { readonly is: 'stopping' };
