import { IsInt, IsNotEmpty, IsString, Max, Min, ValidateBy } from 'class-validator';
import { LONGEST_PAUSE_MS } from './pause.js';
import { IsSessionKey } from './session-key.js';

/** Any JSON value, null too, as long as it is there. */
function IsPresent(): PropertyDecorator {
  return ValidateBy({
    name: 'isPresent',
    validator: {
      validate: (value) => value !== undefined,
      defaultMessage: (about) => `${about?.property} must be present`,
    },
  });
}

export class ValueBody {
  @IsPresent()
  readonly value: unknown;
}

export class KeyValueBody extends ValueBody {
  @IsSessionKey()
  readonly key!: string;
}

export class SlowBody extends KeyValueBody {
  /** Milliseconds. */
  @IsInt()
  @Min(0)
  @Max(LONGEST_PAUSE_MS)
  readonly ms!: number;
}

export class LoginBody {
  @IsString()
  @IsNotEmpty()
  readonly user!: string;
}

export class FillBody {
  @IsInt()
  @Min(0)
  readonly bytes!: number;
}
