/** The demo is for this machine alone. */
export const LOOPBACK = '127.0.0.1';
