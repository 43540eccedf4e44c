import { hash } from 'node:crypto';

/**
 * Chooses by rendezvous hashing (Thaler and Ravishankar, 1998): every node gets a score for the session, the highest one has it.
 * So a node that joins takes its share from all others, one that leaves gives its own to all others, and no other session
 * moves. The order of the list does not matter; the names do: all instances must write them alike.
 * @returns the index of the node for a digest of an id in hex
 */
export function rendezvous(names: readonly string[]): (digest: string) => number {
  const seeds = names.map((name) => Number.parseInt(hash('sha256', name, 'hex').slice(0, 8), 16));
  return (digest) => {
    const session = Number.parseInt(digest.slice(0, 8), 16);
    let best = 0;
    let bestScore = -1;
    seeds.forEach((seed, index) => {
      const score = mixed(session ^ seed);
      // Equal seeds or scores are decided by the name, so that the order of the list is of no account.
      if (score < bestScore || (score === bestScore && names[index]! > names[best]!)) return;
      best = index;
      bestScore = score;
    });
    return best;
  };
}

/** The finaliser of MurmurHash3: every bit of the input turns half of the output. The digest is random already, the seeds are not like it. */
function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85_eb_ca_6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2_b2_ae_35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
