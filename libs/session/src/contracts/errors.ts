/**
 * Base of all errors of this library. Messages never hold session data, ids or commands of a store, and no error has a
 * `cause`: errors of store clients carry the command with the whole session in it.
 */
export abstract class SessionError extends Error {
  /** The HTTP status that stands for this error; Nest's own filter understands it too. */
  abstract readonly statusCode: number;

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** The store cannot answer: down, too slow, or refusing the command. 503 with Retry-After. */
export class SessionStoreError extends SessionError {
  readonly statusCode = 503;

  /**
   * @param reason what happened, in words that hold nothing of the session
   * @param outcome whether a write may have been executed although no answer came
   */
  constructor(
    reason: string,
    readonly outcome: 'not-executed' | 'unknown' = 'not-executed',
  ) {
    super(
      outcome === 'unknown'
        ? `The session store did not answer in time; whether the change was stored is unknown (${reason})`
        : `The session store cannot answer (${reason})`,
    );
  }
}

/** Others changed the session again and again while this request tried to. 409; nothing of this request was stored. */
export class SessionConflictError extends SessionError {
  readonly statusCode = 409;

  constructor(attempts: number) {
    super(`The session was changed by other requests ${attempts} times in a row; nothing was stored, try again`);
  }
}

/** The session was destroyed or expired while this request ran; its changes were not stored. 401, or 409 for an anonymous session. */
export class SessionGoneError extends SessionError {
  readonly statusCode: 401 | 409;

  constructor(hadPrincipal: boolean) {
    super('The session ended meanwhile; nothing was stored');
    this.statusCode = hadPrincipal ? 401 : 409;
  }
}

/** The session would become larger than allowed. 413; what was stored before is intact. */
export class SessionTooLargeError extends SessionError {
  readonly statusCode = 413;

  /** @param bytes size of the encoded data @param maxBytes the limit it broke */
  constructor(
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(`The session would take ${bytes} bytes, ${maxBytes} are allowed; nothing was stored`);
  }
}

/** A value that cannot be stored, or that breaks the rules of the data class. 422; what was stored before is intact. */
export class SessionValueError extends SessionError {
  readonly statusCode = 422;

  /** @param key the top-level key, or the property named by a rule @param reason what is wrong with it */
  constructor(
    readonly key: string,
    reason: string,
  ) {
    super(`Session data: "${key}" ${reason}; nothing was stored`);
  }
}

/** A session would have to be created or given a new id after the response's head was sent. 500. */
export class SessionTooLateError extends SessionError {
  readonly statusCode = 500;

  constructor(action: string) {
    super(
      `${action} is not possible after the response has begun: the client could not be told; do it before the first byte`,
    );
  }
}

/** The configuration makes no sense. Stops the boot, with every problem in one message. */
export class SessionConfigError extends SessionError {
  readonly statusCode = 500;

  /** @param problems one sentence each */
  constructor(readonly problems: readonly string[]) {
    super(
      `nestjs-shared-session is not configured correctly:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
}
