import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';
import { requireServer } from 'throwaway-servers';
import { CHROMIUM } from '../../../../test/support/chromium.js';

/** Where pictures are put for people to look at; git ignores it. */
const SCREENSHOTS = fileURLToPath(new URL('../../../../screenshots/', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Experiments take up to 10 s by themselves, and tests run beside others. */
const AN_EXPERIMENT_MS = 60_000;

/** More than there are places on the page that take the focus. */
const MOST_TABS = 100;

/** Debian's Chromium, without a window. */
export async function launchBrowser(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: requireServer(CHROMIUM), args });
}

/** A visitor of the page with a browser profile of their own. */
export class Visit implements AsyncDisposable {
  /** What the console called a warning or an error, what was thrown, and requests that failed. */
  readonly troubles: string[] = [];

  private constructor(readonly page: Page) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.troubles.push(message.text());
    });
    page.on('pageerror', (error) => this.troubles.push(error.message));
    page.on('requestfailed', (request) => this.troubles.push(`${request.method()} ${request.url()} failed`));
    page.on('response', (response) => {
      if (response.status() >= 400) this.troubles.push(`${response.status()} for ${response.url()}`);
    });
  }

  /** Opens the page, and resolves when it knows what is running. */
  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const visit = new Visit(await context.newPage());
    await visit.page.goto(url);
    await visit.instance('A').waitFor();
    return visit;
  }

  /** Logs in, and resolves when it is shown. */
  async logIn(user: string): Promise<void> {
    await this.page.getByLabel('Your name').fill(user);
    await this.page.getByRole('button', { name: 'Log in', exact: true }).click();
    await this.page.getByRole('button', { name: 'Log out', exact: true }).waitFor();
  }

  /** Adds to the basket, and resolves when it is shown. */
  async add(product: string): Promise<void> {
    const count = this.product(product).locator('.count');
    const before = (await count.textContent()) ?? '';
    await this.page.getByRole('button', { name: `Add ${product}` }).click();
    await count.filter({ hasNotText: before }).waitFor();
  }

  /** The row of a product, such as `Apples× 2RemoveAdd`. */
  product(name: string): Locator {
    return this.page.locator('#basket li', { hasText: name });
  }

  /** An instance on the map. */
  instance(name: string): Locator {
    return this.page.locator('#map-instances').getByRole('button', { name: `Instance ${name}` });
  }

  /** Something in the menu of an instance or a server. */
  menuItem(name: string, action: string): Locator {
    return this.page.getByRole('group', { name: `What to do to ${name}` }).getByRole('button', { name: action });
  }

  /** Chooses from the menu of an instance on the map. */
  async doTo(name: string, action: string): Promise<void> {
    await this.instance(name).click();
    await this.menuItem(name, action).click();
  }

  /** The state of an instance, as the map says it. */
  async stateOf(name: string): Promise<string | null> {
    return this.instance(name).locator('.state').textContent();
  }

  /** The instance that answered the last request of this visitor. */
  async lastServer(): Promise<string> {
    return (await this.page.locator('#latest-badge').textContent()) ?? '';
  }

  /** Who answered, from the first of the last requests to the last. */
  async servers(): Promise<string[]> {
    return this.page.locator('#strip .badge').allTextContents();
  }

  /** Asks nine times, and resolves when all have been answered. */
  async askNineTimes(): Promise<void> {
    await this.page.evaluate(`
      window.answered = new Promise((resolve) => {
        let left = 9;
        new MutationObserver((changes, observer) => {
          left -= changes.filter(({ addedNodes }) => addedNodes.length > 0).length;
          if (left > 0) return;
          observer.disconnect();
          resolve();
        }).observe(document.getElementById('strip'), { childList: true });
      });
      undefined;
    `);
    await this.page.getByRole('button', { name: 'Ask nine times' }).click();
    await this.page.evaluate('window.answered');
  }

  /** Runs an experiment, which has no outcome yet, and resolves when it is over. */
  async runExperiment(name: string): Promise<void> {
    const run = this.page.locator(`#experiment-${name}-run`);
    await run.click();
    await this.page.locator(`#experiment-${name} .summary`).waitFor({ timeout: AN_EXPERIMENT_MS });
    await run.filter({ hasText: 'Run' }).waitFor();
  }

  /** Goes on with the Tab key until this has the focus. */
  async tabTo(target: Locator): Promise<void> {
    for (let presses = 0; presses < MOST_TABS; presses += 1) {
      if (await hasFocus(target)) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`The Tab key does not lead to ${target.toString()}`);
  }

  /** How much the page is wider than the window, in pixels. */
  async overflow(): Promise<number> {
    return this.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  }

  /** What axe finds wrong with the page as it is now: the rule, and where. */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(AXE);
    return this.page.evaluate(`
      axe.run().then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' at ' + target + ': ' + failureSummary)))
    `);
  }

  /** Puts a picture of the whole page into the folder for people to look at. */
  async photograph(name: string): Promise<void> {
    await this.page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

/** Whether this has the focus of the keyboard. */
export async function hasFocus(target: Locator): Promise<boolean> {
  return (await target.and(target.page().locator(':focus')).count()) > 0;
}
