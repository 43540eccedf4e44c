import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './loopback.js';
import { onParentExit } from './parent-exit.js';
import { ServerProcess } from './server-process.js';
import { requireServer, type ServerSoftware } from './server-software.js';

/** How one kind of server is started: all that a new kind has to say. */
export interface ServerRecipe {
  readonly software: ServerSoftware;
  /** What has to be in the directory before the first start, where a server does not make it itself. */
  prepare?(directory: string): Promise<void>;
  /** The command line for a server of its own on this port that keeps its files in this directory. */
  arguments(port: number, directory: string): string[];
  /** Whether the server answers a first request; asked again and again until it does. */
  answers(port: number): Promise<boolean>;
  url(port: number): string;
}

/** What every kind of server lets its user choose. */
export interface ThrowawayServerOptions {
  /** Port on the loopback interface; a free one by default. */
  readonly port?: number;
  /** Where it keeps its files; a temporary directory that `stop` removes by default. One that is given stays. */
  readonly dataDirectory?: string;
  /** Told in one line that the server runs, and where. Nobody by default. */
  readonly announce?: (line: string) => void;
}

/** A port that was free a moment ago may be taken when the server comes to it. */
const PORT_ATTEMPTS = 5;

/** A real server of our own on the loopback interface. It does not outlive this process. */
export class ThrowawayServer {
  private constructor(
    private readonly recipe: ServerRecipe,
    private process: ServerProcess,
    private readonly directory: ServerDirectory,
    readonly port: number,
  ) {}

  /** Starts a server and waits until it answers. Throws `MissingServerError`, or an error with what the server printed. */
  static async start(recipe: ServerRecipe, options: ThrowawayServerOptions = {}): Promise<ThrowawayServer> {
    requireServer(recipe.software);
    const directory = await ServerDirectory.open(recipe, options.dataDirectory);
    for (let attempt = 1; ; attempt++) {
      const port = options.port ?? (await freePort());
      try {
        await recipe.prepare?.(directory.path);
        const server = new ThrowawayServer(recipe, await launch(recipe, port, directory.path), directory, port);
        options.announce?.(`${recipe.software.binary} runs at ${server.url} (process ${server.pid})`);
        return server;
      } catch (error) {
        if (options.port === undefined && attempt < PORT_ATTEMPTS) continue;
        await directory.close();
        throw error;
      }
    }
  }

  get url(): string {
    return this.recipe.url(this.port);
  }

  /** Of the process that runs now, or ran last. */
  get pid(): number {
    return this.process.pid;
  }

  /** Whether its process is there, frozen or not. */
  get isRunning(): boolean {
    return !this.process.hasEnded;
  }

  /** Whether it answers a request now; false also when it takes more than a second. */
  async answers(): Promise<boolean> {
    return this.recipe.answers(this.port);
  }

  /** Asks the server to end, waits for it, and removes its directory if that is ours. Twice is as good as once. */
  async stop(): Promise<void> {
    await this.process.terminate();
    await this.directory.close();
  }

  /** Ends the process with a signal, SIGKILL by default, and waits until it is gone. Its files stay, for `restart`. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.process.kill(signal);
  }

  /** Stops the process in its tracks: connections stay open, nothing is answered. */
  freeze(): void {
    this.process.signal('SIGSTOP');
  }

  /** Whether it stands still by now, all its threads: on a busy machine that takes a while. Known on Linux alone; elsewhere it is believed. */
  get isFrozen(): boolean {
    const threads = `/proc/${this.pid}/task`;
    if (!existsSync(threads)) return true;
    return readdirSync(threads).every((id) => /^State:\tT/m.test(readFileSync(join(threads, id, 'status'), 'utf8')));
  }

  /** Lets a frozen process go on. */
  thaw(): void {
    this.process.signal('SIGCONT');
  }

  /** Ends the process if it runs, starts it again on the same port and files, and waits until it answers. */
  async restart(): Promise<void> {
    await this.process.terminate();
    this.process = await launch(this.recipe, this.port, this.directory.path);
  }
}

async function launch(recipe: ServerRecipe, port: number, directory: string): Promise<ServerProcess> {
  // Otherwise a stranger on this port would answer for a server of ours that never comes up.
  await freePort(port);
  const process = new ServerProcess(requireServer(recipe.software), recipe.arguments(port, directory), directory);
  await process.untilReady(() => recipe.answers(port));
  return process;
}

/** Where a server keeps its files: a temporary directory that goes with it, or one that was given and stays. */
class ServerDirectory {
  private constructor(
    readonly path: string,
    private readonly forget?: () => void,
  ) {}

  static async open(recipe: ServerRecipe, given?: string): Promise<ServerDirectory> {
    if (given !== undefined) return new ServerDirectory(given);
    const path = await mkdtemp(join(tmpdir(), `throwaway-${recipe.software.binary}-`));
    return new ServerDirectory(
      path,
      onParentExit(() => rmSync(path, { recursive: true, force: true })),
    );
  }

  async close(): Promise<void> {
    if (this.forget === undefined) return;
    this.forget();
    await rm(this.path, { recursive: true, force: true });
  }
}
