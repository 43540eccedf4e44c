import { freePort } from 'throwaway-servers';
import { describe, it } from 'vitest';
import { sessionRepositoryCompliance } from '../testing/index.js';
import { replicatedSessions } from './index.js';

const SECRET = 'k9Jv0Zr3Qx7Lw2Yt5Bn8Mh1Gd4Sf6Ap0';

sessionRepositoryCompliance({ describe, it }, 'Three instances', async () => {
  const peers = await Promise.all([0, 0, 0].map(async () => `127.0.0.1:${await freePort()}`));
  const [a, b, c] = peers.map((self) => replicatedSessions({ self, peers, secret: SECRET }));
  await Promise.all([a, b, c].map((one) => one!.onModuleInit()));
  return { a: a!, b: b!, dispose: () => c!.onApplicationShutdown() };
});
