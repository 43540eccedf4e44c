import { ValidateBy, buildMessage } from 'class-validator';
import { LONGEST_LIFE_MS } from '../contracts/record.js';
import { SessionRepository } from '../contracts/repository.js';
import ms, { type StringValue } from 'ms';

/** Milliseconds, or a text such as `'500ms'`, `'2s'`, `'30m'`, `'12h'`, `'7d'`. */
export type Duration = number | (string & {});

/** Milliseconds of a duration; NaN when it is none. */
export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number') return duration;
  const parsed = /^\s*\d/.test(duration) ? (ms(duration as StringValue) as number | undefined) : undefined;
  return parsed ?? Number.NaN;
}

/** A duration from `min` milliseconds, 1 unless said otherwise, to 400 days, the longest that browsers keep a cookie. */
export function IsDuration(min = 1): PropertyDecorator {
  return ValidateBy({
    name: 'isDuration',
    validator: {
      validate: (value: unknown) => {
        const time = typeof value === 'number' || typeof value === 'string' ? milliseconds(value) : Number.NaN;
        return Number.isInteger(time) && time >= min && time <= LONGEST_LIFE_MS;
      },
      defaultMessage: buildMessage(
        () => `a duration from ${min} ms to 400 days, as a number of milliseconds or a text such as '30m'`,
      ),
    },
  });
}

/** A class, to be instantiated without arguments. */
export function IsClass(): PropertyDecorator {
  return ValidateBy({
    name: 'isClass',
    validator: {
      validate: (value: unknown) => typeof value === 'function' && value.prototype !== undefined,
      defaultMessage: buildMessage(() => 'a class with class-validator rules'),
    },
  });
}

/** A repository of this library, or of somebody else who keeps its contract. */
export function IsRepository(): PropertyDecorator {
  return ValidateBy({
    name: 'isRepository',
    validator: {
      validate: (value: unknown) => value instanceof SessionRepository,
      defaultMessage: buildMessage(() => "a session repository, such as redisSessions('redis://127.0.0.1:6379')"),
    },
  });
}

/** A whole number in a range. */
export function IsWholeNumber(min: number, max: number): PropertyDecorator {
  return ValidateBy({
    name: 'isWholeNumber',
    validator: {
      validate: (value: unknown) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
      defaultMessage: buildMessage(() => `a whole number from ${min} to ${max}`),
    },
  });
}
