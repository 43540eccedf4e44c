import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where results go: a folder that git ignores. */
export const RESULTS = fileURLToPath(new URL('../../results', import.meta.url));

/** The path of a file in it; the folder is made if need be. */
export async function resultPath(file: string): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  return join(RESULTS, file);
}
