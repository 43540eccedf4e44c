import { Logger } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { SYSTEM_CLOCK } from '../caspaxos/clock.js';
import { Member } from './member.js';
import { PeerNetwork } from './peer-network.js';
import { checkedSettings, type ReplicatedSessionsOptions, warningAbout } from './replicated-session.options.js';
import { ReplicatedSessionRepository } from './replicated-session.repository.js';
import { groupName, sharedKey } from './shared-key.js';

export { ReplicatedSessionsOptions } from './replicated-session.options.js';
export { ReplicatedSessionRepository } from './replicated-session.repository.js';

/**
 * Sessions that the instances hold themselves, without any server:
 *
 * ```ts
 * replicatedSessions({ self: '10.0.0.1:7000', peers: ['10.0.0.1:7000', '10.0.0.2:7000', '10.0.0.3:7000'], secret })
 * ```
 *
 * @throws SessionConfigError with every problem of the options
 */
export function replicatedSessions(options: ReplicatedSessionsOptions): ReplicatedSessionRepository {
  const { peers, addresses, self, listen, secret, ...limits } = checkedSettings(options);
  const warning = warningAbout(peers.length);
  if (warning !== undefined) Logger.warn(warning, 'SessionModule');
  const network = new PeerNetwork(
    { addresses, self, listen, group: groupName(peers), key: sharedKey(secret) },
    SYSTEM_CLOCK,
  );
  // Later than any before by the clock; where the clock was put back, the others say so.
  const incarnation = Date.now() * 1_000 + randomInt(1_000);
  const member = new Member({ peers, self, incarnation, ...limits }, network, SYSTEM_CLOCK);
  return new ReplicatedSessionRepository(member, network, SYSTEM_CLOCK, limits.trustMs);
}
