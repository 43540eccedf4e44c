import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXPERIMENTS } from '../lab/experiments.js';
import { RunningDemo } from '../running-demo.fixture.js';
import { launchBrowser, Visit } from './visit.fixture.js';

/** Experiments take up to 10 s by themselves, and tests run beside others. */
const AN_EXPERIMENT = { timeout: 60_000 };
const NAMES = EXPERIMENTS.map(({ name }) => name);

describe.each(['files', 'redis'])('The experiments of the page over %s', (store) => {
  let browser: Browser;
  let demo: RunningDemo;
  let visit: Visit;

  beforeAll(async () => {
    browser = await launchBrowser();
    demo = await RunningDemo.start(['--store', store]);
    visit = await Visit.open(browser, demo.url);
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.[Symbol.asyncDispose]();
  });

  test.each(NAMES)(
    '%s: its button gives an outcome, or it is said why it cannot be tried',
    { timeout: 90_000 },
    async (name) => {
      const run = visit.page.locator(`#experiment-${name}-run`);
      const pane = visit.page.locator(`#experiment-${name}`);
      await visit.page.locator(`#experiment-${name}-title`).click();
      const words = pane.locator('.run-line .hint');
      await expect.poll(() => words.textContent(), AN_EXPERIMENT).toMatch(/^Not (run yet )?with /);

      if ((await run.getAttribute('aria-disabled')) === 'true') {
        expect(await words.textContent()).toMatch(/^Not with \w+: .{10,}/);
      } else {
        await run.click();
        await pane.locator('.summary').waitFor(AN_EXPERIMENT);
        expect(await pane.locator('.summary').textContent()).toMatch(/\d/);
        expect(await pane.locator('.figures dd').count()).toBeGreaterThan(0);
        expect(await pane.locator('.timeline svg, .bars li, .tile-field .tile').count()).toBeGreaterThan(0);
        await expect.poll(() => run.textContent(), AN_EXPERIMENT).toBe('Run');
        expect(await words.textContent()).toContain(`Run with ${store} at`);
        await visit.photograph(`experiment-${name}-${store}`);
      }
      expect(visit.troubles).toEqual([]);
    },
  );
});

describe('The page over several stores', () => {
  let browser: Browser;
  let demo: RunningDemo;

  beforeAll(async () => {
    browser = await launchBrowser();
    demo = await RunningDemo.start(['--store', 'cookie']);
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.[Symbol.asyncDispose]();
  });

  test('stops an experiment at the button that has begun it', async () => {
    await using visit = await Visit.open(browser, demo.url);
    const run = visit.page.locator('#experiment-two-tabs-run');
    await run.click();
    await expect.poll(() => run.textContent(), AN_EXPERIMENT).toBe('Stop');
    expect(await visit.page.locator('#experiment-jump-run').getAttribute('aria-disabled')).toBe('true');
    await run.click();
    await expect.poll(() => run.textContent(), AN_EXPERIMENT).toBe('Run');
    expect(visit.troubles).toEqual([]);
  });

  test(
    'switches the store while it stays open, and shows the outcomes of both side by side',
    { timeout: 120_000 },
    async () => {
      await using visit = await Visit.open(browser, demo.url);
      const { page } = visit;
      const run = page.locator('#experiment-no-sharing-run');
      const heads = () => page.locator('#comparison thead th').allTextContents();
      await page.evaluate('window.opened = "once"');
      await visit.logIn('ann');
      await run.click();
      await expect.poll(heads, AN_EXPERIMENT).toEqual(['Experiment', 'cookienow']);

      await page.getByRole('button', { name: 'memory' }).click();
      await expect
        .poll(() => page.locator('#store-words').textContent(), AN_EXPERIMENT)
        .toContain('restarts on memory');
      await expect.poll(() => page.locator('#store-words').textContent(), AN_EXPERIMENT).toMatch(/^Now: /);
      expect(await page.getByRole('button', { name: 'memory' }).getAttribute('aria-pressed')).toBe('true');
      expect(await page.evaluate('window.opened')).toBe('once');
      await page.getByLabel('Your name').waitFor();

      await expect.poll(() => run.getAttribute('aria-disabled'), AN_EXPERIMENT).toBe('false');
      await run.click();
      await expect.poll(heads, AN_EXPERIMENT).toEqual(['Experiment', 'cookie', 'memorynow']);
      const rows = await page.locator('#comparison tbody').first().locator('tr:has(td)').all();
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(await row.locator('td:not(.none)').count()).toBe(2);
      // Memory shares nothing, which the cookie does better.
      expect(await page.locator('#comparison tr:has(td:nth-child(2).best)').count()).toBeGreaterThan(0);
      await visit.photograph('comparison');
      expect(visit.troubles).toEqual([]);
    },
  );

  test('says why a store cannot be switched to, and goes on with the old one', { timeout: 120_000 }, async () => {
    await using visit = await Visit.open(browser, demo.url);
    await visit.page.route('**/__demo/store', (route) =>
      route.continue({ postData: JSON.stringify({ store: 'floppy' }) }),
    );
    await visit.page.getByRole('button', { name: 'files' }).click();
    const trouble = visit.page.locator('#map-trouble');
    await expect.poll(() => trouble.textContent(), AN_EXPERIMENT).not.toBe('');
    expect(await visit.page.locator('#store-words').textContent()).toMatch(/^Now: /);
    expect(visit.troubles.every((line) => line.includes('400'))).toBe(true);
  });
});
