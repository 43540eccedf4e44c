import { fileURLToPath } from 'node:url';
import type { InstanceView } from './fleet/instance.js';
import { freePorts as freePortsInRow } from './free-ports.js';
import { LOOPBACK } from './loopback.js';
import { RunningCommand } from './running-command.fixture.js';

const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** How the command is started: itself, or as a person starts it. */
export type Launcher = 'node' | 'npm';

const COMMANDS: Readonly<Record<Launcher, readonly [string, ...string[]]>> = {
  node: [process.execPath, PROGRAM],
  // The script before it builds what was built for these tests already.
  npm: ['npm', 'run', '--ignore-scripts', 'demo', '--'],
};

/** The built demo as a process of its own. */
export class RunningDemo extends RunningCommand {
  private constructor(
    launcher: Launcher,
    flags: readonly string[],
    readonly port: number,
  ) {
    const [command, ...words] = COMMANDS[launcher];
    super(command, [...words, ...flags]);
  }

  /** Starts the command without waiting for anything. The flags say it all, the port too. */
  static launch(flags: readonly string[], launcher: Launcher = 'node', port = 0): RunningDemo {
    return new RunningDemo(launcher, flags, port);
  }

  /** Starts the demo on free ports and waits until it is ready. */
  static async start(flags: readonly string[] = [], launcher: Launcher = 'node'): Promise<RunningDemo> {
    const port = await freePorts();
    const demo = RunningDemo.launch(['--port', String(port), ...flags], launcher, port);
    await demo.until(() => demo.stdout.includes('\nready '), 'it is ready');
    return demo;
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.port}`;
  }

  /** The address of one instance, past the balancer. */
  instanceUrl(name: string): string {
    return `http://${LOOPBACK}:${this.port + 1 + name.charCodeAt(0) - 'A'.charCodeAt(0)}`;
  }

  async instances(): Promise<InstanceView[]> {
    const response = await fetch(`${this.url}/__demo/instances`);
    return JSON.parse(await response.text());
  }

  async instance(name: string): Promise<InstanceView> {
    const found = (await this.instances()).find((instance) => instance.name === name);
    if (found === undefined) throw new Error(`There is no instance ${name}`);
    return found;
  }
}

/** Of a balancer and its instances. */
const PORTS_NEEDED = 4;

/** The first of the ports that a demo needs. */
export function freePorts(): Promise<number> {
  return freePortsInRow(PORTS_NEEDED);
}
