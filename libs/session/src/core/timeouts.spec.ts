import { describe, expect, it } from 'vitest';
import { EMPTY_PAYLOAD } from './payload.js';
import { newRecord } from './new-record.js';
import { Timeouts } from './timeouts.js';

const NOW = 1_000_000;
const timeouts = new Timeouts(100, 1_000, 10);
const begun = { createdAt: NOW };

describe('The deadlines of a session', () => {
  it('are idle from its last request, and absolute from its creation', () => {
    expect(timeouts.ofNew(begun, NOW)).toEqual({ expiresAt: NOW + 100, endsAt: NOW + 1_000 });
    const record = newRecord(begun, EMPTY_PAYLOAD, timeouts, NOW);
    expect(timeouts.deadline(record, NOW + 500)).toBe(NOW + 600);
    expect(timeouts.deadline(record, NOW + 950)).toBe(NOW + 1_000);
  });

  it('count from the login once there was one', () => {
    expect(timeouts.ofNew({ ...begun, authenticatedAt: NOW + 300 }, NOW + 300).endsAt).toBe(NOW + 1_300);
  });

  it('never pass what its record says, though a configuration may have become more generous', () => {
    const record = newRecord(begun, EMPTY_PAYLOAD, timeouts, NOW);
    expect(new Timeouts(5_000, 50_000, 10).deadline(record, NOW + 500)).toBe(record.endsAt);
  });

  it('follow a configuration that has become stricter', () => {
    const record = newRecord(begun, EMPTY_PAYLOAD, timeouts, NOW);
    expect(new Timeouts(100, 400, 10).deadline(record, NOW + 390)).toBe(NOW + 400);
  });
});
