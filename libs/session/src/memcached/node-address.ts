/** Where one memcached is. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** For SASL, the same for all nodes. */
export interface NodeCredentials {
  readonly username: string;
  readonly password: string;
}

const DEFAULT_PORT = 11_211;
const ADDRESS = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?))(?::(?<port>\d{1,5}))?$/i;

/** Reads `host:port`; the port is 11211 when it is missing, an IPv6 address stands in brackets. Undefined when it is none. */
export function parseNodeAddress(text: string): NodeAddress | undefined {
  const { v6, name, port } = ADDRESS.exec(text)?.groups ?? {};
  const host = v6 ?? name;
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  if (host === undefined || number < 1 || number > 65_535) return undefined;
  return { host: host.toLowerCase(), port: number };
}

/** The node's name, in events and in the choice of nodes: `host:port`. */
export function nameOf({ host, port }: NodeAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
