// Makes the README's picture again: the demo over Redis, after the instance that answered was killed and an experiment was run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { installServer } from '../libs/servers/dist/index.js';

const PICTURE = 'docs/lab.webp';
const MOST_BYTES = 300_000;
const EXPERIMENT = 'store-killed';
const SLOW = { timeout: 120_000 };

process.chdir(new URL('../', import.meta.url).pathname);
const executablePath = await installServer({ binary: 'chromium', aptPackage: 'chromium' });
const { demo, url } = await startDemo();
try {
  await photograph(url);
} finally {
  demo.kill('SIGTERM');
  await once(demo, 'exit');
}
const { size } = statSync(PICTURE);
if (size > MOST_BYTES) throw new Error(`${PICTURE} has ${size} bytes, more than ${MOST_BYTES}`);
console.log(`${PICTURE}: ${size} bytes`);

async function startDemo() {
  const port = await firstFreePort();
  const child = spawn(process.execPath, ['apps/demo/dist/main.js', '--store', 'redis', '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('ready ')) return { demo: child, url: line.slice('ready '.length) };
  }
  throw new Error('the demo ended before it was ready');
}

/** The instances take the ports after it, which are likely to be free, too; the demo says so if they are not. */
async function firstFreePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return Math.min(port, 65_000);
}

async function photograph(address) {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
    await page.goto(address);
    await page.locator('#map-instances button').first().waitFor();
    await page.getByLabel('Your name').fill('ann');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    for (const product of ['Apples', 'Bread', 'Coffee']) {
      await page.getByRole('button', { name: `Add ${product}` }).click();
      await page.locator('#basket li', { hasText: product }).locator('.count', { hasText: '×' }).waitFor();
    }
    // Before the kill: an experiment brings everything back that is down.
    await page.locator(`#experiment-${EXPERIMENT}-run`).click();
    await page.locator(`#experiment-${EXPERIMENT} .summary`).waitFor(SLOW);
    await page.locator(`#experiment-${EXPERIMENT}-run`, { hasText: 'Run' }).waitFor(SLOW);
    await page.locator('#kill-mine').click();
    await page.locator('.node[data-state="down"]').waitFor();
    await page.locator('#go-on').click();
    await page.locator('#step-on.done').waitFor();
    const end = await page.locator('#experiments').boundingBox();
    const clip = { x: 0, y: 0, width: 1280, height: Math.ceil(end.y + end.height + 40), scale: 1 };
    // As WebP, which playwright does not write, it has a third of the bytes.
    const browserSession = await page.context().newCDPSession(page);
    const options = { format: 'webp', quality: 90, clip, captureBeyondViewport: true };
    const { data } = await browserSession.send('Page.captureScreenshot', options);
    writeFileSync(PICTURE, Buffer.from(data, 'base64'));
  } finally {
    await browser.close();
  }
}
