import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findingsOf } from '../claims/claims.js';
import type { Results } from '../results.js';
import { checksOf } from './checks.js';
import { htmlReport } from './html.js';
import { markdownReport } from './markdown.js';

const NAME = 'evaluation';

/** Writes HTML, Markdown and JSON into a folder, which is made if need be; answers their paths. */
export async function writeReports(results: Results, folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const files = [
    { path: join(folder, `${NAME}.html`), text: htmlReport(results) },
    { path: join(folder, `${NAME}.md`), text: markdownReport(results) },
    { path: join(folder, `${NAME}.json`), text: `${JSON.stringify(asJson(results), undefined, 2)}\n` },
  ];
  for (const { path, text } of files) await writeFile(path, text);
  return files.map(({ path }) => path);
}

/** What an earlier run has written to a folder. Throws when there is nothing, or nothing of ours. */
export async function readResults(folder: string): Promise<Results> {
  const path = join(folder, `${NAME}.json`);
  const read = JSON.parse(await readFile(path, 'utf8'), unknownAgain) as Partial<Results>;
  if (!Array.isArray(read.trials) || typeof read.at !== 'string') throw new Error(`${path} holds no results`);
  return read as Results;
}

/** JSON has no NaN, which a figure is that nobody knows: it says null. */
function unknownAgain(key: string, value: unknown): unknown {
  return key === 'value' && value === null ? Number.NaN : value;
}

/** Claims and checks follow from the trials, and are there for those who read the file. */
function asJson(results: Results): object {
  const claims = findingsOf(results.trials).map(({ claim, verdict, cited, missing }) => {
    const { id, statement, experiment, rule } = claim;
    return { id, statement, experiment, rule, verdict, cited, missing };
  });
  return { ...results, claims, checks: checksOf(results.trials) };
}
