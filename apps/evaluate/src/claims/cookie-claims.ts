import { at, claim, type Claim } from './claim.js';
import { forgeriesBelieved, loggedInElsewhere } from './figure-names.js';

/** What is said of sessions in the cookie. */
export const COOKIE_CLAIMS: readonly Claim[] = [
  claim({
    id: 'C1',
    experiment: 'Visitors log in at one instance and ask the others, with the session in the cookie.',
    rule: 'Confirmed when every visitor is known everywhere.',
    figures: { elsewhere: loggedInElsewhere('cookie') },
    judge: ({ elsewhere }) => (elsewhere.value === 100 ? 'confirmed' : 'refuted'),
  }),
  claim({
    id: 'C2',
    experiment:
      'Cookies are changed and made up, against a shop that keeps plain JSON in its cookie and against our sealed one.',
    rule: 'Refuted when not even the plain cookie can be forged. Answered when it can and ours cannot. Else confirmed.',
    figures: { plain: at('cookie', 'plain-cookie', 'forgeries accepted'), ours: forgeriesBelieved('cookie') },
    judge: ({ plain, ours }) => {
      if (plain.value === 0) return 'refuted';
      return ours.value === 0 ? 'answered' : 'confirmed';
    },
  }),
  claim({
    id: 'C3',
    experiment: 'Clients that keep no cookie log in and ask; others do so that ask for the session in a header.',
    rule: 'Refuted when clients without cookies are known anyway. Answered when all are by the header. Else confirmed.',
    figures: {
      plain: at('redis', 'client-without-cookies', 'known without cookies'),
      header: at('redis', 'client-without-cookies', 'known by the header'),
    },
    judge: ({ plain, header }) => {
      if (plain.value > 0) return 'refuted';
      return header.value === 100 ? 'answered' : 'confirmed';
    },
  }),
];
