import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome } from '../outcome.js';
import { failUnderLoad, unknownText } from '../trial/failure-under-load.js';
import { instanceOf, wantsTwoInstances } from '../trial/requirements.js';
import { percentText } from '../trial/statistics.js';

/** Claim S3 and the balancer's whole reason: whether visitors notice that an instance dies. */
export const INSTANCE_KILLED: Experiment = {
  name: 'instance-killed',
  title: 'An instance is killed under load',
  explanation:
    'While visitors read and write, the first instance, which takes logins like any other, is killed with kill -9 and started again later. ' +
    'The others should go on with the same sessions: the picture shows how many requests were answered, and every acknowledged write is looked for afterwards.',
  claims: ['S3', 'S1', '0'],
  impossible: wantsTwoInstances,
  run,
};

function run(lab: Lab, choice: RunChoice): Promise<Outcome> {
  const victim = instanceOf(lab, 0);
  const failure = {
    label: `${victim.name} killed`,
    breakIt: () => victim.kill(),
    backLabel: `${victim.name} back`,
    mendIt: () => victim.bringBack(),
  };
  return failUnderLoad(lab, choice, failure, ({ answeredMeanwhile, writesAcknowledged, writesLost, aftermath }) => {
    const { sessions, sessionsLost } = aftermath;
    return (
      `With ${victim.name} dead, ${percentText(answeredMeanwhile, 1)} of the requests were answered; ` +
      `of ${writesAcknowledged} acknowledged writes ${writesLost} were lost, of ${sessions} sessions ${sessionsLost}.${unknownText(aftermath)}`
    );
  });
}
