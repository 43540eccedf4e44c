import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RunningDemo } from '../running-demo.fixture.js';
import { hasFocus, launchBrowser, Visit } from './visit.fixture.js';

const SOON = { timeout: 20_000 };

describe('The page', () => {
  let browser: Browser;
  let demo: RunningDemo;

  beforeAll(async () => {
    browser = await launchBrowser();
    demo = await RunningDemo.start();
  });

  beforeEach(async () => {
    await Promise.all(
      ['A', 'B', 'C'].map((name) => fetch(`${demo.url}/__demo/instances/${name}/start`, { method: 'POST' })),
    );
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.[Symbol.asyncDispose]();
  });

  test('keeps login and basket when the instance that answered is killed on the map', async () => {
    await using visit = await Visit.open(browser, demo.url);
    await visit.logIn('ann');
    await visit.add('Apples');
    await visit.add('Apples');
    await expect.poll(() => visit.product('Apples').textContent(), SOON).toContain('× 2');

    const victim = await visit.lastServer();
    await visit.doTo(victim, 'Kill');
    await expect.poll(() => visit.stateOf(victim), SOON).toBe('down');
    expect((await demo.instance(victim)).state).toBe('stopped');

    await visit.add('Bread');
    await expect.poll(() => visit.product('Bread').textContent(), SOON).toContain('× 1');
    await visit.askNineTimes();
    expect((await visit.servers()).slice(-9)).not.toContain(victim);
    expect(await visit.product('Apples').textContent()).toContain('× 2');
    expect(await visit.page.locator('#principal').textContent()).toBe('ann');
    expect(await visit.page.locator('#step-on').textContent()).toContain(
      'you are ann, 3 in the basket. Nothing is lost.',
    );

    await visit.doTo(victim, 'Bring back');
    await expect.poll(() => visit.stateOf(victim), SOON).toBe('up');
    await visit.askNineTimes();
    expect((await visit.servers()).slice(-9)).toContain(victim);
    expect(visit.troubles).toEqual([]);
  });

  test('leads through the first minute: each step is marked when it is done', async () => {
    await using visit = await Visit.open(browser, demo.url);
    const done = () => visit.page.locator('.steps .done').count();
    expect(await done()).toBe(0);
    expect(await visit.page.locator('.experiment-pane:visible').count()).toBe(1);
    await visit.logIn('bob');
    await visit.add('Cheese');
    await expect.poll(done, SOON).toBe(2);

    const victim = await visit.lastServer();
    await visit.page.getByRole('button', { name: `Kill instance ${victim}` }).click();
    await expect.poll(done, SOON).toBe(3);
    await visit.page.getByRole('button', { name: 'Ask again' }).click();
    await expect.poll(done, SOON).toBe(4);
    await visit.photograph('first-minute');

    await visit.page.getByRole('button', { name: `Bring ${victim} back` }).click();
    await expect.poll(() => visit.stateOf(victim), SOON).toBe('up');
    expect(visit.troubles).toEqual([]);
  });

  test('freezes, slows down and brings back from the map', async () => {
    await using visit = await Visit.open(browser, demo.url);
    await visit.doTo('B', 'Slow down');
    await expect.poll(() => visit.stateOf('B'), SOON).toContain('slow');
    await visit.doTo('B', 'Freeze');
    await expect.poll(() => visit.stateOf('B'), SOON).toBe('frozen');
    await visit.doTo('B', 'Bring back');
    await expect.poll(() => visit.stateOf('B'), SOON).toBe('up');
    expect(visit.troubles).toEqual([]);
  });

  test('goes on when every instance is down, and brings them back with everything', async () => {
    await using visit = await Visit.open(browser, demo.url);
    await visit.logIn('eve');
    for (const name of ['A', 'B', 'C']) {
      await visit.doTo(name, 'Kill');
      await expect.poll(() => visit.stateOf(name), SOON).toBe('down');
    }
    expect(visit.troubles).toEqual([]);

    await visit.page.getByRole('button', { name: 'Ask again' }).click();
    await expect.poll(() => visit.page.locator('#latest').textContent(), SOON).toContain('No instance answered');
    await visit.photograph('all-down');
    expect(visit.troubles.splice(0).every((trouble) => trouble.includes('503'))).toBe(true);

    for (const name of ['A', 'B', 'C']) {
      await visit.doTo(name, 'Bring back');
      await expect.poll(() => visit.stateOf(name), SOON).toBe('up');
    }
    await visit.askNineTimes();
    expect(await visit.page.locator('#principal').textContent()).toBe('eve');
    expect(visit.troubles).toEqual([]);
  });

  test('can be used with the keyboard alone', async () => {
    await using visit = await Visit.open(browser, demo.url);
    const { page } = visit;
    await visit.tabTo(page.getByLabel('Your name'));
    await page.keyboard.type('kim');
    await page.keyboard.press('Enter');
    const logOut = page.getByRole('button', { name: 'Log out', exact: true });
    await expect.poll(() => hasFocus(logOut), SOON).toBe(true);
    await visit.tabTo(page.getByRole('button', { name: 'Add Coffee' }));
    await page.keyboard.press('Enter');
    await expect.poll(() => visit.product('Coffee').textContent(), SOON).toContain('× 1');

    await visit.tabTo(visit.instance('A'));
    await page.keyboard.press('Enter');
    await expect.poll(() => hasFocus(visit.menuItem('A', 'Kill')), SOON).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => hasFocus(visit.instance('A')), SOON).toBe(true);
    await page.keyboard.press('Enter');
    await expect.poll(() => hasFocus(visit.menuItem('A', 'Kill')), SOON).toBe(true);
    await page.keyboard.press('Enter');
    await expect.poll(() => visit.stateOf('A'), SOON).toBe('down');
    expect(await hasFocus(visit.instance('A'))).toBe(true);

    await visit.tabTo(page.getByRole('button', { name: 'replicated' }));
    const run = page.locator('#experiment-no-sharing-run');
    await visit.tabTo(run);
    await page.keyboard.press('Enter');
    await page.locator('#experiment-no-sharing .summary').waitFor();
    expect(await hasFocus(run)).toBe(true);
    expect(visit.troubles).toEqual([]);
  });
});
