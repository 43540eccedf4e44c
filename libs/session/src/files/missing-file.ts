import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CLAIM_SUFFIX, removeDrafts } from './claim.js';
import type { Disk } from './disk.js';

const PAUSE_MS = 5;

/**
 * What a session's file holds that a reader did not find. Network file systems replace a file that somebody has open in two steps: they take it out of
 * the way and then put the new one in its place (`nfs_rename` of Linux, `hide_node` of libfuse), so for a moment there is none. Whoever replaces it
 * has a claim, so a file without one is gone. One whose writer stands still between the steps for a lease is lost: its drafts are taken away, as by
 * who takes over a turn, so that a late second step brings nothing back that was told to be gone.
 * @param read looks for it once more
 * @returns null when it is gone
 */
export async function readMissing(
  disk: Disk,
  path: string,
  leaseMs: number,
  read: () => Promise<string | null>,
): Promise<string | null> {
  const start = performance.now();
  for (;;) {
    const { isThere, claims } = await namesOf(disk, path);
    if (!isThere && claims.length === 0) return null;
    const found = await read();
    if (found !== null) return found;
    if (performance.now() - start >= leaseMs) {
      await removeDrafts(disk, path);
      const late = await read();
      if (late === null) for (const claim of claims) await disk.remove(claim);
      return late;
    }
    await pause(PAUSE_MS);
  }
}

interface Names {
  readonly isThere: boolean;
  readonly claims: readonly string[];
}

async function namesOf(disk: Disk, path: string): Promise<Names> {
  const [folder, file] = [dirname(path), basename(path)];
  const names = (await disk.listIfThere(folder)).filter((name) => name.startsWith(file));
  const claims = names.filter((name) => name.endsWith(CLAIM_SUFFIX)).map((name) => join(folder, name));
  return { isThere: names.includes(file), claims };
}
