import { CHART_STYLE, escaped, inlineSvg } from 'measuring';
import { findingsOf } from '../claims/claims.js';
import { type Finding, VERDICT_TEXTS } from '../claims/claim.js';
import type { Results, Trial } from '../results.js';
import { SPEED } from '../speed/speed-trials.js';
import { labelOf } from '../ways.js';
import { checksOf } from './checks.js';
import { mainChart, otherCharts } from './main-charts.js';
import { mainTable } from './main-table.js';
import { agreementText, figuresText, roughText, verdictCounts } from './markdown.js';
import { drawingOf } from './picture.js';
import { PAGE_STYLE } from './page-style.js';
import { durationText, figureText } from './texts.js';

/** The whole report in one file, which asks the network for nothing. */
export function htmlReport(results: Results): string {
  const { trials } = results;
  const findings = findingsOf(trials);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ways of sharing sessions, evaluated</title>
<style>${PAGE_STYLE}${CHART_STYLE}</style>
</head>
<body>
<header>
<h1>Ways of sharing sessions, evaluated</h1>
${conditions(results)}
<nav><a href="#ways">Which way</a> <a href="#charts">Charts</a> <a href="#claims">The 24 claims</a> <a href="#experiments">Experiments</a> <a href="#checks">Second looks</a></nav>
</header>
<main>
<section id="ways"><h2>Which way to take</h2>
<p>A green cell is what one hopes for. Figures are medians over rounds, with the least and the greatest in brackets where there were several. ${escaped(roughText(results))}</p>
${mainTableHtml(trials)}</section>
<section id="charts"><h2>Charts</h2>
${trials.some(({ experiment }) => experiment === SPEED) ? `<figure>${inlineSvg(mainChart(trials))}</figure>` : ''}
${otherCharts(trials)
  .map((drawing) => `<figure>${inlineSvg(drawing)}</figure>`)
  .join('\n')}</section>
<section id="claims"><h2>The 24 claims</h2>
<p>${escaped(verdictCounts(findings))}. Every verdict is computed from the figures beside it by the rule that stands there.</p>
${findings.map(findingHtml).join('\n')}</section>
<section id="experiments"><h2>Experiments</h2>
${experimentsHtml(trials)}</section>
<section id="checks"><h2>Measured in a second way</h2>
${checksHtml(trials)}</section>
</main>
</body>
</html>
`;
}

function conditions({ at, machine, versions, pace, seconds, interrupted, command }: Results): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const ended = interrupted ? '<p class="warning">The run was ended early. What is missing was not measured.</p>' : '';
  return `${ended}<p>${escaped(at)} · ${escaped(machine)} · ${pace} run of ${durationText(seconds)}</p>
<p><code>${escaped(command)}</code></p>
<details><summary>Versions</summary><p>${escaped(list.join(', '))}</p></details>`;
}

function mainTableHtml(trials: readonly Trial[]): string {
  const { head, rows } = mainTable(trials);
  const body = rows.map(
    ({ way, cells }) =>
      `<tr><th scope="row">${escaped(way.label)}</th>${cells.map(({ text, is }) => `<td class="${is}">${escaped(text)}</td>`).join('')}</tr>`,
  );
  return `<div class="wide" tabindex="0" role="region" aria-label="Ways and what matters"><table><thead><tr><th></th>${head.map((title) => `<th scope="col">${escaped(title)}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function findingHtml(finding: Finding): string {
  const { claim, verdict } = finding;
  return `<article class="claim"><h3><span class="id">${escaped(claim.id)}</span> ${escaped(claim.statement)}</h3>
<p><strong class="verdict ${verdict.replace(' ', '-')}">${escaped(VERDICT_TEXTS[verdict])}</strong> ${escaped(figuresText(finding))}</p>
<p class="faint">${escaped(claim.experiment)} ${escaped(claim.rule)}</p></article>`;
}

/** By experiment, so that the ways stand beside each other. */
function experimentsHtml(trials: readonly Trial[]): string {
  const names = [...new Set(trials.map(({ experiment }) => experiment))];
  return names
    .map((name) => {
      const here = trials.filter(({ experiment }) => experiment === name);
      const { title = '', explanation = '' } = here.find((trial) => trial.explanation !== '') ?? here[0] ?? {};
      return `<h3>${escaped(title)}</h3><p>${escaped(explanation)}</p>${here.map(trialHtml).join('\n')}`;
    })
    .join('\n');
}

function trialHtml({ way, result, title }: Trial): string {
  const name = `<strong>${escaped(labelOf(way))}</strong>`;
  if (result.is !== 'measured') return `<p class="not-done">${name}: ${result.is}: ${escaped(result.reason)}</p>`;
  const { summary, figures, picture } = result.outcome;
  const rows = figures.map(
    (figure) => `<tr><th scope="row">${escaped(figure.name)}</th><td>${escaped(figureText(figure))}</td></tr>`,
  );
  return `<details><summary>${name}: ${escaped(summary)}</summary><figure>${inlineSvg(drawingOf(title, picture))}</figure><table class="figures">${rows.join('')}</table></details>`;
}

function checksHtml(trials: readonly Trial[]): string {
  const rows = checksOf(trials).map(
    ({ what, found, agrees }) =>
      `<tr><th scope="row">${escaped(what)}</th><td>${escaped(found)}</td><td>${agreementText(agrees)}</td></tr>`,
  );
  if (rows.length === 0) return '<p>Nothing was measured that could be looked at a second time.</p>';
  return `<div class="wide" tabindex="0" role="region" aria-label="Second looks"><table><thead><tr><th></th><th scope="col">found</th><th scope="col">agrees</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
