import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInstance, IsOptional, Matches, ValidateNested } from 'class-validator';
import type { SessionRepository } from './contracts/repository.js';
import type { TransportMode } from './http/session-transport.js';
import { type Duration, IsClass, IsDuration, IsRepository, IsWholeNumber } from './options/validators.js';

export type { Duration } from './options/validators.js';

/** The session cookie. It is always HttpOnly. */
export class SessionCookieOptions {
  /** Default `__Host-sid`; `__Secure-sid` with a domain or a path, `sid` when insecure. */
  @IsOptional()
  @Matches(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/, { message: 'a cookie name of 1 to 64 characters (RFC 6265)' })
  name?: string;

  /** Default `/`. */
  @IsOptional()
  @Matches(/^\/[^;\s]*$/, { message: "a path that begins with '/'" })
  path?: string;

  /** Default none: the cookie belongs to the host that set it. With a domain all its subdomains get it, and can plant it. */
  @IsOptional()
  @Matches(/^\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/, { message: "a domain name, such as 'example.com'" })
  domain?: string;

  /** Default `lax`. */
  @IsOptional()
  @IsIn(['lax', 'strict', 'none'], { message: "'lax', 'strict' or 'none'" })
  sameSite?: 'lax' | 'strict' | 'none';

  /** The one switch for development over plain HTTP: no `Secure`, and no name prefix that would need it. Default false. */
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  insecure?: boolean;

  /** A cookie jar for each embedding site (CHIPS). Default false. */
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  partitioned?: boolean;

  /** Whether the cookie outlives the browser; then it is set again with every touch. Default false. */
  @IsOptional()
  @IsBoolean({ message: 'true or false' })
  persistent?: boolean;
}

/** How long session work may take, in milliseconds or as a text such as `'500ms'`. */
export class SessionTimeoutOptions {
  /** One call of the store. Default 500 ms. */
  @IsOptional()
  @IsDuration()
  command?: Duration;

  /** All session work of one request. Default 1 s. */
  @IsOptional()
  @IsDuration()
  request?: Duration;
}

/** What `SessionModule.forRoot` takes. Durations are milliseconds, or texts such as `'30m'`, `'12h'`, `'7d'`. */
export class SessionModuleOptions {
  /** Where the sessions live, such as `redisSessions('redis://127.0.0.1:6379')`. */
  @IsRepository()
  repository!: SessionRepository;

  /** A session ends after so long without a request. Default 30 minutes. */
  @IsOptional()
  @IsDuration()
  idleTimeout?: Duration;

  /** A session ends so long after its login, before a login after its creation, whatever happens. Default 12 hours. */
  @IsOptional()
  @IsDuration()
  absoluteTimeout?: Duration;

  /** A request that only reads extends the session once so much of the idle timeout is spent. Default a tenth of the idle timeout. */
  @IsOptional()
  @IsDuration(0)
  touchAfter?: Duration;

  @IsOptional()
  @IsInstance(Object, { message: 'an object with options of the cookie' })
  @ValidateNested()
  @Type(() => SessionCookieOptions)
  cookie?: SessionCookieOptions;

  /** How the token travels: in a cookie, in the header `X-Session-Token`, or in either. Default `cookie`. */
  @IsOptional()
  @IsIn(['cookie', 'header', 'both'], { message: "'cookie', 'header' or 'both'" })
  transport?: TransportMode;

  @IsOptional()
  @IsInstance(Object, { message: 'an object with the times command and request' })
  @ValidateNested()
  @Type(() => SessionTimeoutOptions)
  timeout?: SessionTimeoutOptions;

  /** The largest session, in bytes of its encoded data in UTF-8. Default 65,536. */
  @IsOptional()
  @IsWholeNumber(4, 16_777_216)
  maxBytes?: number;

  /** A class whose class-validator rules hold at every save (422) and after every load (a record that breaks them is no session). */
  @IsOptional()
  @IsClass()
  data?: new () => object;
}
