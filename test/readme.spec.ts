import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const README = readFileSync('libs/session/README.md', 'utf8');
const PLACES = ['', 'libs/session/src'];

/** The lines of the list of tests: `file` › name, or the beginning of it. */
const CLAIMS = [...README.matchAll(/^\d+\. `([^`]+)` › (.+)$/gm)].map(([, file = '', name = '']) => ({ file, name }));

/** What each way promises. */
const TABLE = README.slice(README.indexOf('What each promises'), README.indexOf('<details>'));

describe("The README's table of ways", () => {
  it.each(CLAIMS)('names a test that exists: $file › $name', ({ file, name }) => {
    const path = PLACES.map((place) => join(place, `${file}.ts`)).find((candidate) => existsSync(candidate));
    expect(path).toBeDefined();
    const source = readFileSync(path as string, 'utf8').replaceAll("\\'", "'");
    // Where the text of a test begins with it.
    const places = ["'", '"', '`'].flatMap((quote) => source.split(quote + name).slice(0, -1));
    expect(places).not.toEqual([]);
    for (const place of places) expect(place).not.toMatch(/(skip|todo)\(\s*$/);
  });

  it('has a number in every cell that promises something', () => {
    const [, , ...rows] = TABLE.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.length).toBeGreaterThan(7);
    const cells = rows.flatMap((row) => row.split(' | ').slice(1));
    // Files have no server that would count commands.
    const unproved = cells.filter((cell) => !/\[\d+\]|^– *\|?$|^no server/.test(cell));
    expect(unproved).toEqual([]);
  });

  it('has a test for every number in it, and a number for every test', () => {
    const numbers = [...TABLE.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number));
    const listed = Array.from({ length: CLAIMS.length }, (_, index) => index + 1);
    expect([...new Set(numbers)].toSorted((a, b) => a - b)).toEqual(listed);
    expect(CLAIMS.length).toBeGreaterThan(30);
  });
});
