/** Where the sessions are when there is no server of the demo's own that holds them. */
const PLACES = {
  cookie: { title: 'Your own cookie, sealed', wired: 'no' },
  memory: { title: 'Each instance’s own memory: nothing is shared', wired: 'no' },
  replicated: { title: 'The instances themselves: each tells the others', wired: 'beside' },
};

/** @returns what to write there, and whether instances are wired to it (`yes`), to each other (`beside`) or to nothing (`no`) */
export function placeOf({ store, description }) {
  return PLACES[store] ?? { title: description, wired: 'yes' };
}
