import { patientLook } from './patient-look.js';
import type { Visitor } from './visitor.js';

/** So many keys are written in turn, so that a session stays small however long it is written to. */
const KEYS = 8;

/** What became of one writer's writes. */
export interface Written {
  readonly acknowledged: number;
  /** Answered with a status below 500: not done, and everybody knows. */
  readonly refused: number;
  /** No answer or a status from 500: nobody knows whether it was done. */
  readonly unknown: number;
  /** Keys whose last acknowledged value is not there: neither it nor a later one. */
  readonly lost: number;
  /** The whole session is not there any more. */
  readonly sessionLost: boolean;
  /** It could not be asked afterwards. */
  readonly unanswered: boolean;
}

/** Somebody logged in who writes rising numbers to the session, one after the other, and remembers which were acknowledged. */
export class Writer {
  private readonly last = new Map<string, number>();
  private readonly counts = { acknowledged: 0, refused: 0, unknown: 0 };
  private number = 0;

  /** @param visitor is logged in as `user` */
  constructor(
    private readonly visitor: Visitor,
    private readonly user: string,
  ) {}

  /** Writes the next number. */
  async write(): Promise<void> {
    this.number += 1;
    const key = `w${this.number % KEYS}`;
    const { acknowledged, status } = await this.visitor.put(key, this.number);
    if (acknowledged) this.last.set(key, this.number);
    this.counts[acknowledged ? 'acknowledged' : status > 0 && status < 500 ? 'refused' : 'unknown'] += 1;
  }

  /** Compares what is there now with what was acknowledged. */
  async check(): Promise<Written> {
    const { acknowledged, session } = await patientLook(this.visitor);
    if (!acknowledged) return { ...this.counts, lost: 0, sessionLost: false, unanswered: true };
    const sessionLost = session.principal !== this.user;
    const present = sessionLost ? {} : (session.data ?? {});
    const lost = [...this.last].filter(([key, number]) => !(Number(present[key]) >= number)).length;
    return { ...this.counts, lost, sessionLost, unanswered: false };
  }
}
