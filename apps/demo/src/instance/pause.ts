import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

/** The longest that a slow route waits. */
export const LONGEST_PAUSE_MS = 60_000;

/** `?ms=` as a number of milliseconds; 400 when it is none. */
@Injectable()
export class PausePipe implements PipeTransform<unknown, number> {
  transform(text: unknown): number {
    const ms = typeof text === 'string' && /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
    if (ms > LONGEST_PAUSE_MS) throw new BadRequestException(`ms must be a whole number up to ${LONGEST_PAUSE_MS}`);
    return ms;
  }
}
