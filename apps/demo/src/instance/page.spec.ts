import { readdir } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningDemo } from '../running-demo.fixture.js';
import { Visitor } from '../visitor.fixture.js';
import { PLATFORMS } from './platform-name.js';

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

describe.each(PLATFORMS)('The page on %s', (platform) => {
  let demo: RunningDemo;
  let visitor: Visitor;

  beforeAll(async () => {
    demo = await RunningDemo.start(['--platform', platform, '--instances', '2']);
    visitor = new Visitor(demo.url);
  });

  afterAll(() => demo[Symbol.asyncDispose]());

  test('is at / of every instance, and allows itself nothing from elsewhere', async () => {
    const answers = [await visitor.ask('GET', '/'), await visitor.ask('GET', '/')];
    expect(answers.map(({ instance }) => instance).toSorted()).toEqual(['A', 'B']);
    for (const { status, headers, text } of answers) {
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe(TYPES['html']);
      expect(headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(headers.getSetCookie()).toEqual([]);
      expect(text).not.toMatch(/\son\w+=|style=|<script>|https?:/);
    }
  });

  test('comes with all its files', async () => {
    const { text: index } = await visitor.ask('GET', '/');
    const folder = fileURLToPath(new URL('../page/', import.meta.url));
    const entries = await readdir(folder, { recursive: true });
    const names = entries.filter((name) => extname(name) !== '' && name !== 'index.html');
    expect(names.length).toBeGreaterThan(20);
    expect(names.some((name) => name.includes('/'))).toBe(true);
    let everything = index;
    for (const name of names) {
      const answer = await visitor.ask('GET', `/page/${name}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(TYPES[name.split('.').at(-1) ?? '']);
      everything += answer.text;
    }
    for (const name of names) expect(everything).toContain(basename(name));
  });

  test.each(['..%2fmain.js', 'styles%2f..%2f..%2fmain.js', 'styles/..%2f..%2fmain.js', 'styles', 'nothing.js'])(
    'has nothing else, such as %s',
    async (name) => {
      expect((await visitor.ask('GET', `/page/${name}`)).status).toBe(404);
    },
  );
});
