import { PassingMap } from '../contracts/passing-map.js';

/** Lets those who want the same thing have it one after the other, in the order in which they came. */
export class KeyedTurns {
  readonly #last = new PassingMap<Promise<unknown>>();

  /** Does the work when it is its turn, and answers with what it answers. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, mine);
    const leave = (): void => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    };
    mine.then(leave, leave);
    return mine;
  }
}
