import { Utils } from 'memjs';

/** Commands of memcached's binary protocol. */
export const OPCODE = { get: 0x00, add: 0x02, replace: 0x03, delete: 0x04, noop: 0x0a, stat: 0x10 } as const;

/** What the server answers, as far as it matters here. */
export const STATUS = { ok: 0x00, notFound: 0x01, exists: 0x02, tooLarge: 0x03 } as const;

/** One request to one node. */
export interface MemcachedCommand {
  readonly opcode: (typeof OPCODE)[keyof typeof OPCODE];
  readonly key?: string;
  readonly value?: Buffer;
  /** Epoch milliseconds after which the server may forget the item. Only with a value. */
  readonly forgetAt?: number;
  /** Executed only while the item has this CAS. */
  readonly cas?: Buffer;
}

/** The answer to one request. */
export interface MemcachedAnswer {
  readonly status: number;
  readonly value: Buffer;
  /** Of the item, new with every write to it. Zeros where the server runs without CAS. */
  readonly cas: Buffer;
}

const CAS_START = 16;
const LARGEST_TIME = 0xff_ff_ff_ff;

/** What an item takes beside key and value: memcached's header (48), its CAS (8), the key's end (1), the value's end (2). */
const ITEM_OVERHEAD = 59;

/** Whether a command changes something, so that it matters if it was executed. */
export function writes({ opcode }: MemcachedCommand): boolean {
  return opcode === OPCODE.add || opcode === OPCODE.replace || opcode === OPCODE.delete;
}

/** The bytes of a request. memjs knows no CAS: it is put where the header has it. */
export function encodeRequest(command: MemcachedCommand, sequence: number): Buffer {
  const { opcode, key = '', value, forgetAt = 0, cas } = command;
  const extras = value === undefined ? Buffer.alloc(0) : itemExtras(forgetAt);
  const request = Utils.makeRequestBuffer(opcode, key, extras, value ?? Buffer.alloc(0), sequence);
  cas?.copy(request, CAS_START);
  return request;
}

/** How much of the server's item size a value takes under a key. Exact for memcached 1.6, asked of 1.6.18. */
export function itemBytes(key: string, value: Buffer): number {
  return ITEM_OVERHEAD + Buffer.byteLength(key) + value.length;
}

/** No flags, and a Unix time: memcached takes a time above thirty days for one anyway, and a smaller number for seconds from now. */
function itemExtras(forgetAt: number): Buffer {
  const extras = Buffer.alloc(8);
  extras.writeUInt32BE(Math.min(Math.ceil(forgetAt / 1_000), LARGEST_TIME), 4);
  return extras;
}
