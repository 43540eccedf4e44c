import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningDemo } from '../running-demo.fixture.js';
import { Visitor, type Answer, type Extras } from '../visitor.fixture.js';
import { PLATFORMS } from './platform-name.js';

const MEBIBYTE = 1024 * 1024;
const KEY = '/api/session/data/k';
const text = (type: string): Record<string, string> => ({ 'content-type': type });

/** What somebody sees of an answer that must be a refusal. */
function refusalOf({ status, instance, headers, json }: Answer) {
  return { status, instance, cookies: headers.getSetCookie(), json };
}

function refusal(status: number) {
  const json = { statusCode: status, error: expect.any(String), message: expect.any(String) };
  return { status, instance: 'A', cookies: [], json };
}

describe.each(PLATFORMS)('Input on %s', (platform) => {
  let demo: RunningDemo;
  let visitor: Visitor;

  beforeAll(async () => {
    demo = await RunningDemo.start(['--platform', platform, '--instances', '1']);
    visitor = new Visitor(demo.instanceUrl('A'));
  });

  afterAll(() => demo[Symbol.asyncDispose]());

  test.each<[string, string, Extras]>([
    ['PUT', KEY, {}],
    ['PUT', KEY, { body: '' }],
    ['PUT', KEY, { body: {} }],
    ['PUT', KEY, { body: [] }],
    ['PUT', KEY, { body: [{ value: 1 }] }],
    ['PUT', KEY, { body: '"value"' }],
    ['PUT', KEY, { body: '1' }],
    ['PUT', KEY, { body: 'null' }],
    ['PUT', KEY, { body: '{"value":' }],
    ['PUT', KEY, { body: { value: 1, more: 2 } }],
    ['PUT', KEY, { body: '{"value":1,"__proto__":{}}' }],
    ['PUT', KEY, { body: '{"value":1,"constructor":{}}' }],
    ['PUT', KEY, { body: Buffer.from('7b2276616c7565223a22ff227d', 'hex') }],
    ['PUT', KEY, { body: '{"value":1}', headers: text('text/plain') }],
    ['PUT', KEY, { body: 'value=1', headers: text('application/x-www-form-urlencoded') }],
    ['PUT', KEY, { body: '{"value":1}', headers: text('nonsense') }],
    ['PUT', '/api/session/data/%E0%A4%A', { body: { value: 1 } }],
    ['PUT', '/api/session/data/%zz', { body: { value: 1 } }],
    ['PUT', `/api/session/data/${'k'.repeat(257)}`, { body: { value: 1 } }],
    ['PUT', `/api/session/data/${encodeURIComponent('ж'.repeat(257))}`, { body: { value: 1 } }],
    ['DELETE', `/api/session/data/${'k'.repeat(257)}`, {}],
    ['POST', `/api/session/increment/${'k'.repeat(257)}`, {}],
    ['POST', '/api/session/touch', { body: '{' }],
    ['POST', '/api/login', {}],
    ['POST', '/api/login', { body: { user: '' } }],
    ['POST', '/api/login', { body: { user: 5 } }],
    ['POST', '/api/login', { body: { user: ['ann'] } }],
    ['POST', '/api/slow', { body: { key: 'k', value: 1 } }],
    ['POST', '/api/slow', { body: { ms: -1, key: 'k', value: 1 } }],
    ['POST', '/api/slow', { body: { ms: 60_001, key: 'k', value: 1 } }],
    ['POST', '/api/slow', { body: { ms: '5', key: 'k', value: 1 } }],
    ['POST', '/api/slow', { body: { ms: 1, key: 5, value: 1 } }],
    ['POST', '/api/throw', { body: { key: 'k'.repeat(257), value: 1 } }],
    ['POST', '/api/redirect', { body: { key: 'k' } }],
    ['POST', '/api/stream', { body: { value: 1 } }],
    ['POST', '/api/fill', { body: { bytes: -1 } }],
    ['POST', '/api/fill', { body: { bytes: 1.5 } }],
    ['POST', '/api/fill', { body: '{"bytes":1e400}' }],
    ['GET', '/api/slow-read', {}],
    ['GET', '/api/slow-read?ms=long', {}],
    ['GET', '/api/slow-read?ms=-1', {}],
    ['GET', '/api/slow-read?ms=1&ms=2', {}],
    ['GET', '/%zz', {}],
  ])('that is not of the stated form is 400: %s %s %j', async (method, path, extras) => {
    expect(refusalOf(await visitor.ask(method, path, extras))).toEqual(refusal(400));
  });

  test.each([
    ['GET', '/nowhere'],
    ['POST', '/api/session'],
    ['PUT', '/api/session/data/'],
    ['OPTIONS', '/api/session'],
    ['GET', '/page/none.css'],
    ['GET', '/page/..%2Fmain.js'],
  ])('for what is not there is 404: %s %s', async (method, path) => {
    expect(refusalOf(await visitor.ask(method, path))).toEqual(refusal(404));
  });

  test('of 4 MiB is read, more is 413', async () => {
    const body = (bytes: number): string => `{"value":"${'x'.repeat(bytes - 12)}"}`;
    const readable = await visitor.ask('PUT', KEY, { body: body(4 * MEBIBYTE) });
    expect(refusalOf(readable)).toEqual(refusal(413));
    expect(readable.json.message).toContain('The session would take');
    const tooMuch = await visitor.ask('PUT', KEY, { body: body(4 * MEBIBYTE + 1) });
    expect(refusalOf(tooMuch)).toEqual(refusal(413));
    expect(tooMuch.json.message).toContain('The body is larger than');
    expect(refusalOf(await visitor.ask('PUT', KEY, { body: body(30 * MEBIBYTE) }))).toEqual(refusal(413));
  });

  test('that is deeper than anybody stores is 422', async () => {
    expect(
      refusalOf(await visitor.ask('PUT', KEY, { body: `{"value":${'['.repeat(50_000)}${']'.repeat(50_000)}}` })),
    ).toEqual(refusal(422));
  });

  test('that holds two different sessions is 400', async () => {
    const headers = { cookie: `sid=${'a'.repeat(43)}`, 'x-session-token': 'b'.repeat(43) };
    expect(refusalOf(await visitor.ask('GET', '/api/session', { headers }))).toEqual(refusal(400));
  });

  test.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a head that is too long', `GET / HTTP/1.1\r\nhost: x\r\ncookie: ${'c'.repeat(20_000)}\r\n\r\n`, 431],
  ])('that is %s has the usual error body', async (_, sent, status) => {
    for (const url of [demo.instanceUrl('A'), demo.url]) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(sent));
      const [head = '', body = ''] = (await socket.toArray()).join('').split('\r\n\r\n');
      expect(head).toContain(`HTTP/1.1 ${status} `);
      expect(head.includes('X-Instance: A')).toBe(url !== demo.url);
      expect(JSON.parse(body)).toEqual({ statusCode: status, error: expect.any(String), message: expect.any(String) });
    }
  });

  test.each([
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['a/b', 'a/b'],
    ['../..', '../..'],
    ['%2F', '%2F'],
    ['?#&', '?#&'],
    ['a blank', ' '],
    ['Japanese', '鍵'],
    ['256 letters', 'x'.repeat(256)],
    ['256 keys', '🗝'.repeat(256)],
  ])('may have any key, also nested: %s', async (_, key) => {
    const somebody = new Visitor(demo.instanceUrl('A'));
    const path = `/api/session/data/${encodeURIComponent(key)}`;
    const quoted = JSON.stringify(key);
    const value = `{${quoted}:{${quoted}:[1]},"nested":{"constructor":{"prototype":2}}}`;
    expect((await somebody.ask('PUT', path, { body: `{"value":${value}}` })).status).toBe(200);
    expect((await somebody.ask('GET', '/api/session')).text).toContain(`"data":{${quoted}:${value}}`);
    await somebody.ask('DELETE', path);
    expect(await somebody.ask('POST', path.replace('data', 'increment'))).toMatchObject({
      status: 200,
      json: { value: 1 },
    });
    expect((await somebody.ask('GET', '/api/session')).text).toContain(`"data":{${quoted}:1}`);
  });

  test('in the body may have any key, too', async () => {
    const somebody = new Visitor(demo.instanceUrl('A'));
    for (const key of ['__proto__', 'constructor', '']) {
      const body = `{"ms":0,"key":${JSON.stringify(key)},"value":{"__proto__":1}}`;
      expect((await somebody.ask('POST', '/api/slow', { body })).status).toBe(200);
    }
    const { text: stored } = await somebody.ask('GET', '/api/session');
    expect(stored).toContain('"data":{"__proto__":{"__proto__":1},"constructor":{"__proto__":1},"":{"__proto__":1}}');
  });

  test('paths match whatever their case and with a slash at the end, keys keep theirs', async () => {
    const somebody = new Visitor(demo.instanceUrl('A'));
    await somebody.ask('PUT', '/API/Session/Data/KeY/', { body: { value: 1 } });
    expect((await somebody.ask('GET', '/api/session')).json.data).toEqual({ KeY: 1 });
  });

  test('HEAD is answered like GET, without a body', async () => {
    expect(await visitor.ask('HEAD', '/api/session')).toMatchObject({ status: 200, instance: 'A', text: '' });
  });
});
