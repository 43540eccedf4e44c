import { RedisStore } from 'connect-redis';
import session from 'express-session';
import { NoopController } from './noop.controller.js';
import { PeerController } from './peer.controller.js';
import { connectedRedis, type PeerForm, SECRET } from './peer-options.js';
import type { SessionSetup } from './session-setup.js';

/** Best form of express-session: nothing is written that did not change, and no read moves the time to live. */
const BEST = { resave: false, saveUninitialized: false, rolling: false } as const;

/** express-session with connect-redis; in its default form with nothing but what it needs. */
export async function expressSession(redisUrl: string, form: PeerForm): Promise<SessionSetup> {
  const client = await connectedRedis(redisUrl);
  const store = new RedisStore({ client, prefix: `${form}:`, ...(form === 'best' && { disableTouch: true }) });
  return overStore(store, form);
}

/** express-session with this store. */
export function overStore(store: session.Store, form: PeerForm): SessionSetup {
  return {
    module: { controllers: [NoopController, PeerController] },
    async prepare(app) {
      app.use(session({ secret: SECRET, store, ...(form === 'best' && BEST) }));
    },
  };
}
