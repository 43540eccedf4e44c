import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { onParentExit } from './parent-exit.js';
import { findServer, MissingServerError, type ServerSoftware } from './server-software.js';

/** Debian's switch against starting services while packages are installed (see invoke-rc.d(8)). */
const POLICY_FILE = '/usr/sbin/policy-rc.d';

type Say = (line: string) => void;
const toStandardError: Say = (line) => process.stderr.write(`${line}\n`);

/**
 * The path of a server's executable. Where it is missing on Debian or Ubuntu and we are root, it is installed with
 * apt-get, without starting the system's own service; everywhere else `MissingServerError`.
 * @param say told in one line each what is done; standard error by default
 */
export async function installServer(software: ServerSoftware, say: Say = toStandardError): Promise<string> {
  const present = findServer(software.binary);
  if (present !== undefined) return present;
  await installPackage(software, say);
  const installed = findServer(software.binary);
  if (installed === undefined) throw new MissingServerError(software, 'the package did not bring it');
  say(`installed ${installed}`);
  return installed;
}

/** Installs the package of something that is missing and no executable, in the same way. Throws `MissingServerError` where that cannot be. */
export async function installPackage(software: ServerSoftware, say: Say = toStandardError): Promise<void> {
  if (findServer('apt-get') === undefined || process.getuid?.() !== 0) throw new MissingServerError(software);
  say(`${software.binary} is missing: installing ${software.aptPackage} with apt-get`);
  await withoutStartingServices(async () => {
    await aptGet(software, 'update', '-qq');
    await aptGet(software, 'install', '-y', '-qq', '--no-install-recommends', software.aptPackage);
  });
}

async function withoutStartingServices(work: () => Promise<void>): Promise<void> {
  // A machine that has a policy of its own (container images do) keeps it.
  if (existsSync(POLICY_FILE)) return work();
  const remove = (): void => rmSync(POLICY_FILE, { force: true });
  const forget = onParentExit(remove);
  writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    remove();
    forget();
  }
}

async function aptGet(software: ServerSoftware, ...args: string[]): Promise<void> {
  const child = spawn('apt-get', ['-o', 'DPkg::Lock::Timeout=60', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    // apt's own words go to our standard error: standard output belongs to the program that we are part of
    stdio: ['ignore', 2, 2],
  });
  const status = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(String(code ?? signal)));
  });
  if (status !== '0') throw new MissingServerError(software, `apt-get ${args[0]} failed (${status})`);
}
