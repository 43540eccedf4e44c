import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startRedis, type ThrowawayServer } from './index.js';
import { ask } from './loopback.js';

const PING = 'PING\r\n';
const PONG = '+PONG\r\n';

describe('a throw-away server', () => {
  const servers: ThrowawayServer[] = [];
  async function start(...options: Parameters<typeof startRedis>): Promise<ThrowawayServer> {
    const server = await startRedis(...options);
    servers.push(server);
    return server;
  }
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  it('answers as soon as it is started, at the address it names', async () => {
    const announced: string[] = [];
    const server = await start({ announce: (line) => announced.push(line) });
    expect(await ask(server.port, PING)).toBe(PONG);
    expect(server.url).toBe(`redis://127.0.0.1:${server.port}`);
    expect(announced).toEqual([`redis-server runs at ${server.url} (process ${server.pid})`]);
  });

  it('keeps nothing on disk unless told to, and takes its directory with it', async () => {
    const server = await start();
    const directory = await configured(server, 'dir');
    expect(await configured(server, 'save')).toBe('');
    expect(await configured(server, 'appendonly')).toBe('no');
    await server.stop();
    expect(existsSync(directory)).toBe(false);
    expect(await ask(server.port, PING)).toBeUndefined();
  });

  it('leaves a directory that it was given', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'given-'));
    const server = await start({ dataDirectory, args: ['--maxmemory', '3mb'] });
    expect(await configured(server, 'dir')).toBe(dataDirectory);
    expect(await configured(server, 'maxmemory')).toBe('3145728');
    await server.stop();
    expect(existsSync(dataDirectory)).toBe(true);
    await rm(dataDirectory, { recursive: true });
  });

  it('can be killed and comes back at the same port', async () => {
    const server = await start();
    const { pid, port } = server;
    await server.kill();
    expect(await ask(port, PING)).toBeUndefined();
    expect([server.isRunning, await server.answers()]).toEqual([false, false]);
    await server.restart();
    expect(await ask(port, PING)).toBe(PONG);
    expect([server.isRunning, await server.answers()]).toEqual([true, true]);
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
  });

  it('answers nothing while it is frozen, goes on when thawed, and can be stopped frozen', async () => {
    const server = await start();
    expect(server.isFrozen).toBe(false);
    server.freeze();
    await vi.waitFor(() => expect(server.isFrozen).toBe(true));
    expect(await ask(server.port, PING, 50)).toBeUndefined();
    server.thaw();
    expect(await ask(server.port, PING)).toBe(PONG);
    server.freeze();
    await server.stop();
    expect(await ask(server.port, PING)).toBeUndefined();
  });

  it('says what the server said when it does not start', async () => {
    await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow(/no-such-option/);
    const { port } = await start();
    await expect(startRedis({ port })).rejects.toThrow(/EADDRINUSE/);
  });

  it('ends with the process that started it, however that one ends', async () => {
    for (const end of ['process.exit()', ...['SIGKILL', 'SIGTERM', 'SIGINT'].map(killOneself)]) {
      const { port, directory, exit } = await startElsewhere(end);
      await exit;
      await vi.waitFor(async () => expect(await ask(port, PING)).toBeUndefined(), 5_000);
      // Nobody can tidy up after SIGKILL.
      expect(await readdir(directory)).toHaveLength(end.includes('SIGKILL') ? 1 : 0);
      await rm(directory, { recursive: true, force: true });
    }
  }, 20_000);
});

function killOneself(signal: string): string {
  return `process.kill(process.pid, '${signal}')`;
}

async function configured(server: ThrowawayServer, name: string): Promise<string> {
  const answer = (await ask(server.port, `CONFIG GET ${name}\r\n`)) ?? '';
  return answer.split('\r\n')[4] ?? '';
}

/** Another process starts a server and then ends in the given way. Needs `nest build servers`. */
async function startElsewhere(end: string) {
  const library = new URL('../dist/index.js', import.meta.url).href;
  const dataParent = await mkdtemp(join(tmpdir(), 'elsewhere-'));
  const script = `
    import { startRedis } from '${library}';
    const server = await startRedis();
    process.stdout.write(String(server.port) + '\\n', () => { ${end}; });
    setInterval(() => undefined, 1_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: dataParent },
  });
  const exit = once(child, 'exit');
  const [output] = await once(child.stdout, 'data');
  return { port: Number(String(output)), directory: dataParent, exit };
}
