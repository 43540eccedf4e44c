import { expect, test } from 'vitest';
import { PlainCookieShop } from '../plain-cookie-shop.fixture.js';
import { forgeriesOf } from '../trial/forgeries.js';
import { FORGED_COOKIE } from './forged-cookie.js';

test('A cookie that is nothing but a name is forged, and what is no name makes that shop stumble', async () => {
  await using shop = await PlainCookieShop.start();
  const { signal } = new AbortController();
  const { figures, picture } = await FORGED_COOKIE.run(shop.lab, { pace: 'quick', progress: () => {}, signal });
  const figure = (name: string) => figures.find((one) => one.name === name)?.value;
  expect(figure('forgeries accepted')).toBeGreaterThan(0);
  expect(figure('answers of 500 and above')).toBeGreaterThan(0);
  expect(picture).toMatchObject({ kind: 'tiles', tiles: expect.arrayContaining(['bad']) });
});

test('A shop that never logs anybody in shows nothing about forgeries: that is a failure, not an outcome', async () => {
  await using shop = await PlainCookieShop.start();
  const nowhere = { ...shop.lab, url: `${shop.lab.url}/elsewhere` };
  const choice = { pace: 'quick', progress: () => {}, signal: new AbortController().signal } as const;
  await expect(FORGED_COOKIE.run(nowhere, choice)).rejects.toThrow('A login set no cookie');
});

test('Forgeries are as many as were asked for, all different, and none is genuine', () => {
  const [genuine, other] = [
    'aGVsbG8gd29ybGQhIGhlbGxvIHdvcmxkIQ.c2lnbmF0dXJl',
    'b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXIgb3RoZXI.b3RoZXI',
  ];
  const forgeries = forgeriesOf(genuine, other, 300);
  expect(new Set(forgeries).size).toBe(300);
  expect(forgeries).not.toContain(genuine);
  expect(forgeries).not.toContain(other);
  expect(forgeries).toContain(genuine.slice(0, -1));
});
