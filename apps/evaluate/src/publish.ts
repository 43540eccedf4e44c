import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { findingsOf } from './claims/claims.js';
import { mainChart } from './report/main-charts.js';
import { conditions, markdownMainTable, verdictCounts } from './report/markdown.js';
import { svgFile } from './report/svg.js';
import type { Results } from './results.js';
import { WAYS } from './ways.js';

const README = 'README.md';
const CHART = 'docs/evaluation.svg';
const BEGIN = '<!-- evaluation: begin -->';
const END = '<!-- evaluation: end -->';

/** These results cannot be shown to everybody; the message is one line. */
export class PublishError extends Error {}

/**
 * Puts the main chart into `docs` and the main table into the README between its two marks; answers what was written.
 * @throws PublishError when the run was not whole, or the README has no marks
 */
export async function publish(results: Results): Promise<readonly string[]> {
  const absent = WAYS.filter(({ name }) => !results.trials.some(({ way }) => way === name));
  if (results.interrupted || absent.length > 0) throw new PublishError('Only a whole run can be published');
  const readme = await readFile(README, 'utf8');
  const text = withSection(readme, sectionOf(results));
  const options = await resolveConfig(README);
  await mkdir('docs', { recursive: true });
  await writeFile(CHART, svgFile(mainChart(results.trials)));
  await writeFile(README, await format(text, { ...options, parser: 'markdown' }));
  return [CHART, README];
}

/** The text with what is between the marks replaced. Throws `PublishError` without marks. */
export function withSection(readme: string, section: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new PublishError(`${README} has no place for it between ${BEGIN} and ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${readme.slice(end)}`;
}

function sectionOf(results: Results): string {
  const { trials } = results;
  return [
    `![Reads and writes per second of each way](${CHART})`,
    markdownMainTable(trials),
    `The 24 claims of an article on the subject, each judged by an experiment: ${verdictCounts(findingsOf(trials))}.`,
    conditions(results),
  ].join('\n\n');
}
