import { serveInstance } from 'shared-session-demo/shop';
import { createPeer } from './create-peer.js';

serveInstance({ create: createPeer, guarantees: () => undefined });
