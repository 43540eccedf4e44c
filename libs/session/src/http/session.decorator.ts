import { type ExecutionContext, createParamDecorator } from '@nestjs/common';
import type { Session as OpenSession, SessionData } from '../core/session.js';
import type { OpenOptions } from './session-manager.js';
import { type SessionParameter, SessionPipe } from './session.pipe.js';

/** The session of a request; one name for the type and for the parameter decorator. */
export interface Session<T extends object = SessionData> extends OpenSession<T> {}

const SessionOf = createParamDecorator(
  (options: OpenOptions | undefined, context: ExecutionContext): SessionParameter => ({
    context,
    options: options ?? {},
  }),
);

/**
 * Gives a handler the session of its request: `@Session() session: Session<Shop>`. A route without it pays nothing.
 * With `{ passive: true }` the request does not extend the session.
 */
export function Session(options: OpenOptions = {}): ParameterDecorator {
  return (target, method, index) => {
    if (method !== undefined) hideParameterType(target, method, index);
    SessionOf(options, SessionPipe)(target, method, index);
  };
}

/**
 * The parameter's type is emitted as this decorator, since both have one name. A global ValidationPipe with
 * `validateCustomDecorators` would try to make an instance of it; of an Object it makes none.
 */
function hideParameterType(target: object, method: string | symbol, index: number): void {
  const types = Reflect.getMetadata('design:paramtypes', target, method) as unknown[] | undefined;
  if (types !== undefined) types[index] = Object;
}
