import { claim, type Claim } from './claim.js';
import { loggedInElsewhere } from './figure-names.js';

/** What is said of no sharing at all. */
export const GENERAL_CLAIMS: readonly Claim[] = [
  claim({
    id: '0',
    experiment: 'Visitors log in at one instance and ask the others, with every instance on its own memory.',
    rule: 'Confirmed when at most one in twenty questions to the other instances finds the visitor logged in.',
    figures: { elsewhere: loggedInElsewhere('memory') },
    judge: ({ elsewhere }) => (elsewhere.value <= 5 ? 'confirmed' : 'refuted'),
  }),
];
