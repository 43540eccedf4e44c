import { findingsOf } from '../claims/claims.js';
import { type Finding, VERDICT_TEXTS, VERDICTS } from '../claims/claim.js';
import type { Results, Trial } from '../results.js';
import { labelOf } from '../ways.js';
import { checksOf } from './checks.js';
import { mainTable } from './main-table.js';
import { durationText, figureText } from './texts.js';

/** The report for those who read text. */
export function markdownReport(results: Results): string {
  const { trials } = results;
  const findings = findingsOf(trials);
  return (
    [
      '# Ways of sharing sessions, evaluated',
      conditions(results),
      '## Which way to take',
      ...[roughText(results)].filter((text) => text !== ''),
      markdownMainTable(trials),
      `## The 24 claims: ${verdictCounts(findings)}`,
      table(
        ['', 'claim', 'verdict', 'figures', 'rule'],
        findings.map((finding) => [
          finding.claim.id,
          finding.claim.statement,
          `**${VERDICT_TEXTS[finding.verdict]}**`,
          figuresText(finding),
          finding.claim.rule,
        ]),
      ),
      '## Experiments',
      ...trials.map(trialText),
      '## Measured in a second way',
      table(
        ['what', 'found', 'agrees'],
        checksOf(trials).map(({ what, found, agrees }) => [what, found, agreementText(agrees)]),
      ),
    ].join('\n\n') + '\n'
  );
}

/** Ways against what matters. */
export function markdownMainTable(trials: readonly Trial[]): string {
  const { head, rows } = mainTable(trials);
  return table(
    ['', ...head],
    rows.map(({ way, cells }) => [way.label, ...cells.map(({ text, is }) => (is === 'bad' ? `**${text}**` : text))]),
  );
}

/** What a reader of a quick run must know; empty of a thorough one. */
export function roughText({ pace }: Results): string {
  if (pace === 'thorough') return '';
  return 'A quick run: shares that were answered during a failure are rough, for several ways were tried at the same time and not for long.';
}

/** In one line, when and where. */
export function conditions({ at, machine, versions, pace, seconds, interrupted, command }: Results): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const ended = interrupted ? ' **The run was ended early: what is missing was not measured.**' : '';
  return `${at}, ${machine}; \`${command}\` (${pace}), ${durationText(seconds)}.${ended} ${list.join(', ')}.`;
}

/** Such as `14 confirmed, 3 refuted`. */
export function verdictCounts(findings: readonly Finding[]): string {
  return VERDICTS.map((verdict) => ({ verdict, count: findings.filter((each) => each.verdict === verdict).length }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${VERDICT_TEXTS[verdict]}`)
    .join(', ');
}

/** The figures that have decided, or those that are missing. */
export function figuresText({ cited, missing }: Finding): string {
  const found = cited.map((each) => `${labelOf(each.way)}, ${each.figure}: ${figureText(each.found)}`);
  const absent = missing.map(
    ({ way, experiment, figure }) => `${labelOf(way)}, ${figure} (${experiment}): not measured`,
  );
  return [...found, ...absent].join('; ');
}

/** In a word whether two ways of measuring came to the same. */
export function agreementText(agrees: boolean | undefined): string {
  if (agrees === undefined) return '–';
  return agrees ? 'yes' : 'no';
}

function trialText({ way, title, explanation, result, seconds }: Trial): string {
  const head = `### ${labelOf(way)}: ${title}`;
  if (result.is !== 'measured') return `${head}\n\n${explanation}\n\n**${result.is}**: ${result.reason}`;
  const { summary, figures } = result.outcome;
  const rows = figures.map((figure) => [figure.name, figureText(figure)]);
  return `${head}\n\n${explanation}\n\n**${summary}** (${durationText(seconds)})\n\n${table(['figure', 'value'], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
