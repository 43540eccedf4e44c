/** What an instance of a peer must know; handed over on the private channel. */
export interface PeerAddress {
  readonly redis: string;
  /** New with every run, and the same for all instances: they sign their cookies with it. */
  readonly secret: string;
}
