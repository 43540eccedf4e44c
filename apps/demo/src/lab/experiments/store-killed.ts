import type { Experiment, RunChoice } from '../experiment.js';
import type { Lab } from '../lab.js';
import type { Outcome } from '../outcome.js';
import { failUnderLoad, unknownText } from '../trial/failure-under-load.js';
import { wantsServer } from '../trial/requirements.js';
import { figureOf, percentText } from '../trial/statistics.js';

/** Claims M2, N2, N3, R1, K1: what the death of a store server stops, and what it takes with it. */
export const STORE_KILLED: Experiment = {
  name: 'store-killed',
  title: 'A store server is killed under load',
  explanation:
    'While visitors read and write, one server (or directory) that holds the sessions is killed with kill -9 and started again a moment later. ' +
    'The picture shows how many requests were answered meanwhile; afterwards everybody looks whether they are still logged in.',
  claims: ['M2', 'N2', 'N3', 'R1', 'K1'],
  impossible: wantsServer,
  run,
};

async function run(lab: Lab, choice: RunChoice): Promise<Outcome> {
  const [victim] = lab.servers;
  if (victim === undefined) throw new Error('There is no server to kill');
  const failure = {
    label: `${victim.name} killed`,
    breakIt: () => victim.kill(),
    backLabel: `${victim.name} back`,
    mendIt: () => victim.bringBack(),
  };
  const outcome = await failUnderLoad(
    lab,
    choice,
    failure,
    ({ answeredMeanwhile, aftermath, writesLost, writesAcknowledged }) => {
      const { sessions, sessionsLost } = aftermath;
      return (
        `With ${victim.name} (one of ${lab.servers.length}) dead, ${percentText(answeredMeanwhile, 1)} of the requests were answered; ` +
        `when it was back, ${sessionsLost} of ${sessions} sessions and ${writesLost} of ${writesAcknowledged} acknowledged writes were lost.${unknownText(aftermath)}`
      );
    },
  );
  const servers = figureOf({ name: 'store servers', unit: 'servers' }, lab.servers.length);
  return { ...outcome, figures: [...outcome.figures, servers] };
}
