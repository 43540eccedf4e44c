/** What both libraries hand to a request, as far as the shop uses it. */
export interface PeerSession {
  principal?: string;
  data?: Record<string, unknown>;
  regenerate(done: (error?: unknown) => void): unknown;
  save(done: (error?: unknown) => void): unknown;
  destroy(done: (error?: unknown) => void): unknown;
}

/** A request after the library has put its session there. */
export interface PeerRequest {
  session: PeerSession;
}

/** Does one of those things and waits for it. Throws what the library reports. */
export function done(session: PeerSession, what: 'regenerate' | 'save' | 'destroy'): Promise<void> {
  return new Promise((resolve, reject) => {
    session[what]((error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}
