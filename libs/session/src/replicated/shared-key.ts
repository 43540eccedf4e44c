import { constants, hash, hkdfSync } from 'node:crypto';
import type { CommonConnectionOptions, ConnectionOptions, SecureContextOptions, TlsOptions } from 'node:tls';

/** Who shows it knows the secret; says nothing else. */
const IDENTITY = 'nestjs-shared-session';

/**
 * TLS 1.2 with a shared key on both sides and new keys for each connection (RFC 5489's exchange, RFC 7905's cipher):
 * nobody without the secret gets past the handshake, and who learns it later cannot read what was recorded before. No certificates.
 */
const SUITE: SecureContextOptions & CommonConnectionOptions = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
};

/** What both ends of a connection need of the secret. */
export interface SharedKey {
  readonly server: TlsOptions;
  readonly client: ConnectionOptions;
}

/** Derives both ends from the secret (RFC 5869), so that it is used as a key nowhere itself. */
export function sharedKey(secret: string): SharedKey {
  const psk = Buffer.from(hkdfSync('sha256', secret, '', 'nestjs-shared-session/replicated/1', 32));
  return {
    server: { ...SUITE, pskCallback: (_socket, identity) => (identity === IDENTITY ? psk : null) },
    client: { ...SUITE, pskCallback: () => ({ psk, identity: IDENTITY }), checkServerIdentity: () => undefined },
  };
}

/** Names a group of peers: two that were told of different ones must not vote together. */
export function groupName(peers: readonly string[]): string {
  return hash('sha256', JSON.stringify(peers), 'hex');
}
