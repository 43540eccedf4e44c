import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

/** The longest that a slow route waits. */
export const LONGEST_PAUSE_MS = 60_000;

/** `?ms=` as a number of milliseconds, made a number by the pipe before; 400 when it is none. */
@Injectable()
export class PausePipe implements PipeTransform<unknown, number> {
  transform(ms: unknown): number {
    if (typeof ms === 'number' && Number.isInteger(ms) && ms >= 0 && ms <= LONGEST_PAUSE_MS) return ms;
    throw new BadRequestException(`ms must be a whole number up to ${LONGEST_PAUSE_MS}`);
  }
}
