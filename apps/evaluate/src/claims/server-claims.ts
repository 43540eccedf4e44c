import { at, claim, type Claim } from './claim.js';
import {
  answeredWithoutInstance,
  answeredWithoutStore,
  loggedInElsewhere,
  lostWithInstance,
  staleReads,
} from './figure-names.js';

/** What is said of servers that tell each other, and of shared files. */
export const SERVER_CLAIMS: readonly Claim[] = [
  claim({
    id: 'S1',
    experiment:
      'Visitors log in at one instance and ask the others, with the instances holding the sessions themselves.',
    rule: 'Confirmed when every visitor is known everywhere.',
    figures: { elsewhere: loggedInElsewhere('replicated') },
    judge: ({ elsewhere }) => (elsewhere.value === 100 ? 'confirmed' : 'refuted'),
  }),
  claim({
    id: 'S2',
    experiment:
      'Write at one instance and read at another at once; beside it, at a plain copy that is told afterwards.',
    rule: 'Refuted when neither is stale. Answered when the plain copy is and the replicated way is not. Else confirmed.',
    figures: { plain: at('mysql', 'replica', 'stale reads at the copy, plain'), ours: staleReads('replicated') },
    judge: ({ plain, ours }) => {
      if (ours.value > 0) return 'confirmed';
      return plain.value > 0 ? 'answered' : 'refuted';
    },
  }),
  claim({
    id: 'S3',
    experiment:
      'The instance at which visitors have logged in is killed: with sessions in its own memory, and replicated.',
    rule: 'Refuted when nobody loses a session with the plain memory. Answered when the replicated way loses none and answers 90 % of the requests. Else confirmed.',
    figures: {
      plain: lostWithInstance('memory'),
      ours: lostWithInstance('replicated'),
      answered: answeredWithoutInstance('replicated'),
    },
    judge: ({ plain, ours, answered }) => {
      if (plain.value === 0) return 'refuted';
      return ours.value === 0 && answered.value >= 90 ? 'answered' : 'confirmed';
    },
  }),
  claim({
    id: 'N1',
    experiment:
      'Instances over one shared directory: log in at one and ask the others; write at one and read at another at once.',
    rule: 'Confirmed when every visitor is known everywhere and no read is stale.',
    figures: { elsewhere: loggedInElsewhere('one-directory'), stale: staleReads('one-directory') },
    judge: ({ elsewhere, stale }) => (elsewhere.value === 100 && stale.value === 0 ? 'confirmed' : 'refuted'),
  }),
  claim({
    id: 'N2',
    experiment:
      'The only directory is taken away under load; beside it, one of three directories that hold the same sessions.',
    rule: 'Refuted when half of the requests or more are answered without the directory. Answered when 95 % of them are answered without one of three. Else confirmed.',
    figures: {
      alone: answeredWithoutStore('one-directory'),
      three: answeredWithoutStore('files'),
    },
    judge: ({ alone, three }) => {
      if (alone.value >= 50) return 'refuted';
      return three.value >= 95 ? 'answered' : 'confirmed';
    },
  }),
  claim({
    id: 'N3',
    experiment: 'Sessions are written to three directories; each of them in turn is taken away.',
    rule: 'Confirmed when every session can be read, and new ones be written, whichever of the three is gone.',
    figures: {
      readable: at('files', 'three-directories', 'readable without one, at least'),
      writable: at('files', 'three-directories', 'written without one, at least'),
    },
    judge: ({ readable, writable }) => (readable.value === 100 && writable.value === 100 ? 'confirmed' : 'refuted'),
  }),
];
