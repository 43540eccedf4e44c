import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numberText, svgFile } from 'measuring';
import { describe, expect, it } from 'vitest';
import { CLAIMS } from '../claims/claims.js';
import { loggedInElsewhere } from '../claims/figure-names.js';
import { commandOf, parseArguments } from '../arguments.js';
import { gapsOf, publish, PublishError, withSection } from '../publish.js';
import { resultsOf, trialWith, trialsWith } from '../results.fixture.js';
import type { FigurePlace, Results, Trial } from '../results.js';
import { experimentsOf, WAYS } from '../ways.js';
import { checksOf } from './checks.js';
import { htmlReport } from './html.js';
import { mainTable } from './main-table.js';
import { markdownMainTable, markdownReport } from './markdown.js';
import { readResults, writeReports } from './reports.js';
import { mainChart } from './main-charts.js';
import { figureText } from './texts.js';

const MISSING: Trial = {
  way: 'mysql',
  experiment: 'jump',
  title: 'Jump',
  explanation: 'It is tried.',
  seconds: 0,
  result: { is: 'missing', reason: 'mariadbd is not on this machine: install it' },
};

function speed(way: string, figure: string, value: number, spread?: readonly [number, number]): Trial {
  return trialWith({ way, experiment: 'speed', figure }, value, spread);
}

/** Every experiment of every way, and all that claims need. */
function wholeRun(): Results {
  const tried = WAYS.flatMap((way) =>
    [...experimentsOf(way).map(({ name }) => name), 'speed'].map((experiment): FigurePlace => {
      return { way: way.name, experiment, figure: 'anything' };
    }),
  );
  const cited = CLAIMS.flatMap(({ figures }) => Object.values(figures));
  return resultsOf(trialsWith([...tried, ...cited]), { pace: 'thorough' });
}

describe('The HTML report', () => {
  const trials = [
    trialWith(loggedInElsewhere('memory'), 0),
    speed('redis', 'reads per second', 5_000, [4_000, 6_000]),
    MISSING,
  ];
  const html = htmlReport(resultsOf(trials));

  it('asks the network for nothing and runs nothing', () => {
    expect(html).not.toMatch(/<(script|link|img|iframe|object)\b|\ssrc=|url\(|@import/i);
    expect([...html.matchAll(/href="([^"]*)"/g)].every(([, target = '']) => target.startsWith('#'))).toBe(true);
  });

  it('is for light and dark, for a phone and for paper', () => {
    expect(html).toContain('width=device-width');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).toContain('@media print');
  });

  it('has every claim with its verdict, and the figures that decided', () => {
    for (const { id } of CLAIMS) expect(html).toContain(`<span class="id">${id}</span>`);
    expect(html).toMatch(
      /verdict confirmed">confirmed<\/strong> memory \(no sharing\), logged in at the other instances: 0/,
    );
    expect(html.match(/verdict not-measured/g)).toHaveLength(CLAIMS.length - 1);
  });

  it('shows a way whose server is missing as such', () => {
    expect(html).toContain('mariadbd is not on this machine: install it');
    expect(html).toContain('server missing');
  });

  it('says that a run was ended early, and only then', () => {
    expect(html).not.toContain('ended early');
    expect(htmlReport(resultsOf(trials, { interrupted: true }))).toContain('The run was ended early');
  });

  it('shows text as text', () => {
    const hostile = { ...MISSING, result: { is: 'failed', reason: '<script>"&' } } as const;
    expect(htmlReport(resultsOf([hostile]))).toContain('&lt;script&gt;&quot;&amp;');
  });
});

describe('The other reports', () => {
  it('say the same in Markdown', () => {
    const markdown = markdownReport(resultsOf([trialWith(loggedInElsewhere('memory'), 100), MISSING]));
    expect(markdown).toContain('| 0 | Without shared sessions');
    expect(markdown).toContain('| **refuted** | memory (no sharing), logged in at the other instances: 100');
    expect(markdown).toContain('**missing**: mariadbd is not on this machine');
  });

  it('are written, and read again from the JSON with all figures', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evaluate-spec-'));
    const results = resultsOf([speed('redis', 'reads per second', 5_000, [4_000, 6_000])]);
    const paths = await writeReports(results, join(folder, 'new'));
    expect(paths.map((path) => path.split('/').at(-1))).toEqual([
      'evaluation.html',
      'evaluation.md',
      'evaluation.json',
    ]);
    expect(await readResults(join(folder, 'new'))).toMatchObject({ ...results });
    const json = JSON.parse(await readFile(paths[2] ?? '', 'utf8')) as { claims: unknown[] };
    expect(json.claims).toHaveLength(CLAIMS.length);
    await rm(folder, { recursive: true });
  });

  it('keep apart what nobody knows from 0, also when they are read again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evaluate-spec-'));
    const unknown = trialWith({ way: 'redis', experiment: 'jump', figure: 'stale reads' }, Number.NaN);
    await writeReports(resultsOf([unknown]), folder);
    const again = await readResults(folder);
    expect(again.trials).toEqual([unknown]);
    for (const text of [markdownReport(again), htmlReport(again)]) expect(text).not.toMatch(/NaN|null/);
    expect(mainTable(again.trials).rows[0]?.cells[1]).toEqual({ text: '–', is: 'plain' });
    await rm(folder, { recursive: true });
  });

  it('say of how many store servers one was dead', () => {
    const place = { way: 'files', experiment: 'store-killed' };
    const [of] = trialsWith([
      { ...place, figure: 'answered during the failure' },
      { ...place, figure: 'store servers' },
    ]);
    expect(markdownMainTable(of === undefined ? [] : [of])).toContain('1 (1 of 1 dead)');
  });

  it('say that availability of a quick run is rough, and only then', () => {
    expect(markdownReport(resultsOf([MISSING]))).toContain('are rough');
    expect(htmlReport(resultsOf([MISSING]))).toContain('are rough');
    expect(htmlReport(resultsOf([MISSING], { pace: 'thorough' }))).not.toContain('are rough');
  });

  it('draw a bar as long as its figure, with the spread', () => {
    const trials = [speed('redis', 'reads per second', 500, [400, 1_000]), speed('mysql', 'reads per second', 250)];
    const bars = [...svgFile(mainChart(trials)).matchAll(/<rect class="ours"[^>]* width="([\d.]+)"/g)].map(([, w]) =>
      Number(w),
    );
    expect(bars).toHaveLength(2);
    expect((bars[0] ?? 0) / (bars[1] ?? 0)).toBeCloseTo(2, 1);
    expect(svgFile(mainChart(trials)).match(/class="spread"/g)).toHaveLength(1);
  });

  it('give a figure with its unit and spread, and no false digits', () => {
    expect(figureText({ name: 'x', value: 1234.5, unit: 'ms', spread: [1, 2_000] })).toBe('1,235 ms (1 to 2,000)');
    expect(figureText({ name: 'x', value: 3, unit: '%', spread: [3, 3] })).toBe('3 %');
    expect([numberText(0.123), numberText(12.34), numberText(Number.NaN)]).toEqual(['0.12', '12.3', '–']);
  });
});

describe('A second look', () => {
  const figure = 'connections by rate and latency of reads';

  it('agrees when rate times latency is the number of connections, and not otherwise', () => {
    expect(checksOf([speed('redis', figure, 19.9)])).toMatchObject([{ agrees: true }]);
    expect(checksOf([speed('redis', figure, 12)])).toMatchObject([{ agrees: false }]);
  });

  it('tells that two counts of commands differ', () => {
    expect(checksOf([speed('redis', 'two counts of commands per read agree', 0)])).toMatchObject([{ agrees: false }]);
  });
});

describe('What is published', () => {
  it('replaces what stands between the marks and nothing else', () => {
    const readme = 'before <!-- evaluation: begin --> old <!-- evaluation: end --> after';
    expect(withSection(readme, 'new')).toBe(
      'before <!-- evaluation: begin -->\n\nnew\n\n<!-- evaluation: end --> after',
    );
    expect(() => withSection('no marks', 'new')).toThrow(PublishError);
  });

  it('is a whole run and never a part of one', async () => {
    await expect(publish(resultsOf([MISSING]))).rejects.toThrow(/^Only a whole run can be published: [^\n]+$/);
  });

  it('is thorough, without failures, and measures every claim', () => {
    const whole = wholeRun();
    expect(gapsOf(whole)).toEqual([]);
    expect(gapsOf({ ...whole, pace: 'quick' })).toEqual(['it was a quick one']);
    expect(gapsOf({ ...whole, interrupted: true })).toEqual(['it was ended early']);
    const failed = { is: 'failed', reason: 'it broke' } as const;
    const without = (experiment: string, result?: typeof failed): Results => ({
      ...whole,
      trials: whole.trials.flatMap((trial) => {
        if (trial.way !== 'redis' || trial.experiment !== experiment) return [trial];
        return result === undefined ? [] : [{ ...trial, result }];
      }),
    });
    expect(gapsOf(without('fill', failed))).toEqual(['redis/fill is failed']);
    expect(gapsOf(without('fill'))).toEqual(['redis/fill was not tried']);
    expect(gapsOf(without('killed-store'))).toEqual(['claim R1 is not measured', 'claim R2 is not measured']);
  });

  it('tells the command without folders of this machine', () => {
    expect(commandOf({ pace: 'thorough', only: [] })).toBe('npm run evaluate');
    const options = parseArguments(['--quick', '--only', 'redis/jump,files', '--out', '/home/somebody']);
    expect(options === 'help' ? '' : commandOf(options)).toBe('npm run evaluate -- --quick --only redis/jump,files');
  });
});
