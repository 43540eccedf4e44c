import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const README = readFileSync('libs/session/README.md', 'utf8');
const PLACES = ['', 'libs/session/src'];

/** The lines of the list of tests: `file` › name, or the beginning of it. */
const CLAIMS = [...README.matchAll(/^\d+\. `([^`]+)` › (.+)$/gm)].map(([, file = '', name = '']) => ({ file, name }));

describe("The README's table of ways", () => {
  it.each(CLAIMS)('names a test that exists: $file › $name', ({ file, name }) => {
    const path = PLACES.map((place) => join(place, `${file}.ts`)).find((candidate) => existsSync(candidate));
    expect(path).toBeDefined();
    expect(readFileSync(path as string, 'utf8').replaceAll("\\'", "'")).toContain(name);
  });

  it('has a test for every number in it, and a number for every test', () => {
    const table = README.slice(README.indexOf('What each promises'), README.indexOf('<details>'));
    const numbers = [...table.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number));
    const listed = Array.from({ length: CLAIMS.length }, (_, index) => index + 1);
    expect([...new Set(numbers)].toSorted((a, b) => a - b)).toEqual(listed);
    expect(CLAIMS.length).toBeGreaterThan(30);
  });
});
