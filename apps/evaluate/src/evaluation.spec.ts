import { expect, test } from 'vitest';
import { Evaluation } from './evaluation.js';
import { htmlReport } from './report/html.js';
import { resultsOf } from './results.fixture.js';

test('A way whose server is not on the machine is reported with what to install, and never left out', async () => {
  const only = ['jump', 'speed'].map((experiment) => ({ way: 'mysql', experiment }));
  const options = { pace: 'quick', only, out: '', publish: false, from: undefined } as const;
  const evaluation = new Evaluation(
    options,
    () => undefined,
    new AbortController().signal,
    () => undefined,
  );
  await evaluation.run();
  expect(evaluation.trials.map(({ experiment, result }) => [experiment, result.is])).toEqual([
    ['jump', 'missing'],
    ['speed', 'missing'],
  ]);
  expect(htmlReport(resultsOf(evaluation.trials))).toContain('apt-get install mariadb-server');
});
