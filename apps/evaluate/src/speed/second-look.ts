import autocannon from 'autocannon';
import { CONNECTIONS } from './speed-subject.js';

const SECONDS = 2;

/** Reads per second as autocannon sees them: another load generator, by others, which needs more CPU itself. */
export async function readsByAutocannon(url: string, cookie: string): Promise<number> {
  const { requests, non2xx } = await autocannon({
    url: `${url}/api/session`,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: { cookie },
  });
  if (non2xx > 0) throw new Error(`${non2xx} answers to autocannon were no success`);
  return requests.average;
}
