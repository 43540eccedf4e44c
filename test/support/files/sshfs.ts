import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installServer } from 'throwaway-servers';
import { until } from '../until.js';

const run = promisify(execFile);
const SSHFS = { binary: 'sshfs', aptPackage: 'sshfs' };
const SFTP_SERVER = { binary: 'sftp-server', aptPackage: 'openssh-sftp-server' };

/**
 * A directory behind a network file system: sshfs over FUSE, with an SFTP server of its own at the other end of a pipe. Needs root and /dev/fuse; where
 * they are not to be had, `start` fails and says so: what a lost mount does cannot be tried without one.
 */
export class SshfsMount {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly command: string,
    private readonly transport: string,
  ) {}

  /** Where it is mounted. */
  get path(): string {
    return join(this.folder, 'mount');
  }

  /** Where the files are, at the server. */
  get behind(): string {
    return join(this.folder, 'behind');
  }

  static async start(): Promise<SshfsMount> {
    const command = await installServer(SSHFS);
    const server = await installServer(SFTP_SERVER);
    const folder = mkdtempSync(join(tmpdir(), 'sshfs-'));
    for (const name of ['mount', 'behind']) mkdirSync(join(folder, name));
    // Takes the place of ssh: the words that sshfs gives it name a host, which is this one.
    const transport = join(folder, 'transport');
    writeFileSync(transport, `#!/bin/sh\nexec ${server}\n`, { mode: 0o700 });
    const mount = new SshfsMount(folder, command, transport);
    await mount.mount();
    return mount;
  }

  /** Mounts it, again. As a README would tell it: nothing of what another server changes is remembered here. */
  async mount(): Promise<void> {
    const options = [
      `ssh_command=${this.transport}`,
      'dir_cache=no',
      'direct_io',
      'attr_timeout=0,entry_timeout=0,negative_timeout=0',
    ].flatMap((option) => ['-o', option]);
    const child = spawn(this.command, ['-f', `here:${this.behind}`, this.path, ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    let said = '';
    child.stderr.on('data', (data) => (said += String(data)));
    const isMounted = (): boolean => {
      if (child.exitCode !== null) {
        throw new Error(`THIS MACHINE ALLOWS NO FUSE MOUNTS, so lost mounts cannot be tested: ${said.trim()}`);
      }
      return readFileSync('/proc/self/mounts', 'utf8').includes(` ${this.path} fuse.sshfs`);
    };
    await until('the mount', isMounted);
  }

  /** Takes it away from whoever uses it. What is there then is an empty directory. */
  async unmount(): Promise<void> {
    this.thaw();
    const child = this.child;
    this.child = undefined;
    if (child === undefined) return;
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    await run('umount', ['--lazy', this.path]).catch(() => undefined);
    await ended;
  }

  /** Every call of the mount waits from now on. */
  async freeze(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    child.kill('SIGSTOP');
    const threads = `/proc/${child.pid}/task`;
    const stands = (id: string): boolean => /^State:\tT/m.test(readFileSync(join(threads, id, 'status'), 'utf8'));
    await until('the mount stands still', () => readdirSync(threads).every(stands));
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.unmount();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
