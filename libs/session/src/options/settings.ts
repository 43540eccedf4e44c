import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { inspect } from 'node:util';
import { SessionConfigError } from '../contracts/errors.js';
import type { SessionRepository } from '../contracts/repository.js';
import { rulesOf } from '../core/data-rules.js';
import type { EngineOptions } from '../core/session-engine.js';
import type { CookieSettings, TransportMode } from '../http/session-transport.js';
import { SessionModuleOptions } from '../session.options.js';
import { cookieProblems, cookieSettings } from './cookie-settings.js';
import { milliseconds } from './validators.js';

const MINUTE = 60_000;

/** The options with all defaults filled in: the one place where they are. */
export interface SessionSettings {
  readonly repository: SessionRepository;
  readonly engine: Omit<EngineOptions, 'announceTouch'>;
  readonly cookie: CookieSettings;
  readonly transport: TransportMode;
}

/** Checks options and fills in the defaults. Throws `SessionConfigError` with every problem: path, what was found, what is allowed. */
export function settingsOf(given: SessionModuleOptions): SessionSettings {
  const options = typeof given === 'object' && given !== null ? given : {};
  const { repository, ...plain } = options as SessionModuleOptions;
  // The repository is an object of its own making: it is checked, never copied.
  const checked = Object.assign(plainToInstance(SessionModuleOptions, plain), { repository });
  const errors = validateSync(checked, { whitelist: true, forbidNonWhitelisted: true });
  const problems = errors.flatMap((error) => problemsOf(error, ''));
  if (problems.length > 0) throw new SessionConfigError(problems);
  const settings = complete(checked);
  const nonsense = [...contradictions(settings.engine), ...cookieProblems(checked.cookie ?? {})];
  if (nonsense.length > 0) throw new SessionConfigError(nonsense);
  return settings;
}

function complete(options: SessionModuleOptions): SessionSettings {
  const idleTimeout = milliseconds(options.idleTimeout ?? 30 * MINUTE);
  return {
    repository: options.repository,
    engine: {
      idleTimeout,
      absoluteTimeout: milliseconds(options.absoluteTimeout ?? Math.max(12 * 60 * MINUTE, idleTimeout)),
      touchAfter: milliseconds(options.touchAfter ?? Math.floor(idleTimeout / 10)),
      timeout: {
        command: milliseconds(options.timeout?.command ?? 500),
        request: milliseconds(options.timeout?.request ?? 1_000),
      },
      maxBytes: options.maxBytes ?? 65_536,
      ...(options.data !== undefined && { dataRules: rulesOf(options.data) }),
    },
    cookie: cookieSettings(options.cookie ?? {}),
    transport: options.transport ?? 'cookie',
  };
}

function contradictions({ idleTimeout, absoluteTimeout, touchAfter, timeout }: SessionSettings['engine']): string[] {
  const problems: string[] = [];
  if (absoluteTimeout < idleTimeout) {
    problems.push(`absoluteTimeout: found ${absoluteTimeout} ms, allowed is at least idleTimeout (${idleTimeout} ms)`);
  }
  if (touchAfter >= idleTimeout) {
    problems.push(`touchAfter: found ${touchAfter} ms, allowed is less than idleTimeout (${idleTimeout} ms)`);
  }
  if (timeout.request < timeout.command) {
    problems.push(
      `timeout.request: found ${timeout.request} ms, allowed is at least timeout.command (${timeout.command} ms)`,
    );
  }
  return problems;
}

function problemsOf(error: ValidationError, prefix: string): string[] {
  const path = prefix + error.property;
  const own = Object.entries(error.constraints ?? {}).map(([rule, allowed]) =>
    rule === 'whitelistValidation'
      ? `${path}: there is no such option`
      : `${path}: found ${found(error.value)}, allowed is ${allowed}`,
  );
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, `${path}.`))];
}

/** What was found, short, and never the inside of an object: it may be a client with a password. */
function found(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name}`;
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor?.name ?? 'no class'})`;
  return inspect(value, { maxStringLength: 60 });
}
