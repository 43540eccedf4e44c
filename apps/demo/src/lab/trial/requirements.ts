import type { Lab, LabInstance } from '../lab.js';

/** Why something that needs two instances cannot be tried; undefined when it can. */
export function wantsTwoInstances(lab: Lab): string | undefined {
  return lab.instances.length < 2 ? 'There is only one instance: --instances 2 or more' : undefined;
}

/** Why something that makes a store server fail cannot be tried; undefined when it can. */
export function wantsServer(lab: Lab): string | undefined {
  if (lab.servers.length > 0) return undefined;
  return `With ${lab.store} there is no server of our own to make fail`;
}

/** The instance whose turn it is in the so-manieth round. */
export function instanceOf(lab: Lab, round: number): LabInstance {
  const instance = lab.instances[round % lab.instances.length];
  if (instance === undefined) throw new Error('There is no instance');
  return instance;
}
