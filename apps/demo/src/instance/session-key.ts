import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import { ValidateBy } from 'class-validator';

const LONGEST_KEY = 256;
const RULE = `must be a string of at most ${LONGEST_KEY} characters`;

/** Whether a value can be a key of the session's data. Characters of any script count as one. */
export function isSessionKey(value: unknown): value is string {
  return typeof value === 'string' && Array.from(value).length <= LONGEST_KEY;
}

/** A property of a body that is a key of the session's data. */
export function IsSessionKey(): PropertyDecorator {
  return ValidateBy({
    name: 'isSessionKey',
    validator: { validate: isSessionKey, defaultMessage: (about) => `${about?.property} ${RULE}` },
  });
}

/** A key in the path, decoded; 400 when it is none. */
@Injectable()
export class SessionKeyPipe implements PipeTransform<string, string> {
  transform(key: string): string {
    if (!isSessionKey(key)) throw new BadRequestException(`The key ${RULE}`);
    return key;
  }
}
