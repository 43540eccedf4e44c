/** Where a peer listens. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** The address in a text such as `10.0.0.1:7000`, `shop-1.internal:7000` or `[fd00::1]:7000`; undefined when it holds none. */
export function parseAddress(text: unknown): PeerAddress | undefined {
  if (typeof text !== 'string' || !/^[^\s/@?#]+:\d{1,5}$/.test(text) || !URL.canParse(`tcp://${text}`))
    return undefined;
  const { hostname, port } = new URL(`tcp://${text}`);
  const host = hostname.replace(/^\[(.+)\]$/, '$1');
  return host === '' || Number(port) < 1 ? undefined : { host, port: Number(port) };
}
