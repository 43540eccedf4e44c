import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunningDemo } from '../running-demo.fixture.js';
import { launchBrowser, Visit } from './visit.fixture.js';

const SOON = { timeout: 30_000 };
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 780 };

describe('What the page looks like', () => {
  let browser: Browser;
  let demo: RunningDemo;

  beforeAll(async () => {
    browser = await launchBrowser();
    demo = await RunningDemo.start(['--store', 'redis']);
    await using visit = await Visit.open(browser, demo.url);
    await visit.runExperiment('jump');
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.[Symbol.asyncDispose]();
  });

  /** A visitor who has something in the basket, and looks at what came out of an experiment. */
  async function visitWith(options: BrowserContextOptions): Promise<Visit> {
    const visit = await Visit.open(browser, demo.url, options);
    await visit.logIn('ann');
    await visit.add('Apples');
    await visit.page.locator('#experiment-jump-title').click();
    await visit.page.locator('#experiment-jump .summary').waitFor(SOON);
    return visit;
  }

  test.each([
    ['desktop-light', { viewport: DESKTOP, colorScheme: 'light' }],
    ['desktop-dark', { viewport: DESKTOP, colorScheme: 'dark' }],
    ['phone-light', { viewport: PHONE, colorScheme: 'light' }],
    ['phone-dark', { viewport: PHONE, colorScheme: 'dark' }],
  ] as const)(
    '%s: axe finds nothing, and nothing has to be scrolled sideways',
    { timeout: 90_000 },
    async (name, options) => {
      await using visit = await visitWith(options);
      expect(await visit.overflow()).toBe(0);
      expect(await visit.barriers()).toEqual([]);
      await visit.photograph(name);

      await visit.instance('B').click();
      await visit.menuItem('B', 'Kill').waitFor();
      expect(await visit.overflow()).toBe(0);
      expect(await visit.barriers()).toEqual([]);
      await visit.menuItem('B', 'Kill').click();
      await expect.poll(() => visit.stateOf('B'), SOON).toBe('down');
      expect(await visit.barriers()).toEqual([]);
      await visit.photograph(`${name}-killed`);
      await visit.doTo('B', 'Bring back');
      await expect.poll(() => visit.stateOf('B'), SOON).toBe('up');
      expect(visit.troubles).toEqual([]);
    },
  );

  test('nothing moves while the shop is used and an instance is killed', async () => {
    await using visit = await Visit.open(browser, demo.url);
    const places = () =>
      Promise.all(
        ['#map', '#session-handle', '#stores', '#experiments'].map((place) => visit.page.locator(place).boundingBox()),
      );
    const before = await places();
    await visit.logIn('ann');
    await visit.add('Apples');
    await visit.askNineTimes();
    const victim = await visit.lastServer();
    await visit.page.getByRole('button', { name: `Kill instance ${victim}` }).click();
    await expect.poll(() => visit.stateOf(victim), SOON).toBe('down');
    await visit.askNineTimes();
    expect(await visit.page.locator('#step-on').textContent()).toContain('Nothing is lost');
    await visit.page.evaluate('scrollTo(0, 0)');
    expect(await places()).toEqual(before);
    await visit.doTo(victim, 'Bring back');
    await expect.poll(() => visit.stateOf(victim), SOON).toBe('up');
  });

  test('requests are drawn as they pass, unless one prefers that nothing moves', async () => {
    await using visit = await Visit.open(browser, demo.url);
    await visit.page.getByRole('button', { name: 'Ask nine times' }).click();
    await visit.page.locator('.wires circle.dot').first().waitFor({ state: 'attached' });

    await using calm = await Visit.open(browser, demo.url, { reducedMotion: 'reduce' });
    await calm.page.evaluate(`
      window.dots = 0;
      new MutationObserver(() => (window.dots += document.querySelectorAll('.dot').length))
        .observe(document.querySelector('.wires'), { childList: true });
    `);
    await calm.askNineTimes();
    await expect.poll(() => calm.instance('A').locator('.last').textContent(), SOON).toMatch(/\d ms/);
    expect(await calm.page.evaluate('window.dots')).toBe(0);
  });
});
