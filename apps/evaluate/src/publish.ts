import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { commandOf } from './arguments.js';
import { findingsOf } from './claims/claims.js';
import { mainChart } from './report/main-charts.js';
import { conditions, markdownMainTable, verdictCounts } from './report/markdown.js';
import { svgFile } from 'measuring';
import type { Results } from './results.js';
import { SPEED } from './speed/speed-trials.js';
import { experimentsOf, WAYS } from './ways.js';

const README = 'README.md';
const CHART = 'docs/evaluation.svg';
const BEGIN = '<!-- evaluation: begin -->';
const END = '<!-- evaluation: end -->';

/** These results cannot be shown to everybody; the message is one line. */
export class PublishError extends Error {}

/**
 * Puts the main chart into `docs` and the main table into the README between its two marks; answers what was written.
 * @throws PublishError when the run was not whole, thorough and without gaps, or the README has no marks
 */
export async function publish(results: Results): Promise<readonly string[]> {
  const [gap, ...more] = gapsOf(results);
  if (gap !== undefined) {
    const others = more.length === 0 ? '' : `, and ${more.length} more`;
    throw new PublishError(`Only a whole run can be published: ${gap}${others}; run npm run evaluate -- --publish`);
  }
  const readme = await readFile(README, 'utf8');
  const text = withSection(readme, sectionOf(results));
  const options = await resolveConfig(README);
  await mkdir('docs', { recursive: true });
  await writeFile(CHART, svgFile(mainChart(results.trials)));
  await writeFile(README, await format(text, { ...options, parser: 'markdown' }));
  return [CHART, README];
}

/** What keeps a run from being shown to everybody. */
export function gapsOf({ pace, interrupted, trials }: Results): readonly string[] {
  return [
    ...(interrupted ? ['it was ended early'] : []),
    ...(pace === 'thorough' ? [] : ['it was a quick one']),
    ...trials
      .filter(({ result }) => result.is === 'failed' || result.is === 'missing')
      .map(({ way, experiment, result }) => `${way}/${experiment} is ${result.is}`),
    ...WAYS.flatMap((way) =>
      [...experimentsOf(way).map(({ name }) => name), SPEED]
        .filter((name) => !trials.some((trial) => trial.way === way.name && trial.experiment === name))
        .map((name) => `${way.name}/${name} was not tried`),
    ),
    ...findingsOf(trials)
      .filter(({ verdict }) => verdict === 'not measured')
      .map(({ claim }) => `claim ${claim.id} is not measured`),
  ];
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
    // Whatever command an older file tells, with folders of its machine: a whole run is this one.
    conditions({ ...results, command: commandOf({ pace: results.pace, only: [] }) }),
  ].join('\n\n');
}
