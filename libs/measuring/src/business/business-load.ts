import { createPool, type Pool } from 'mysql2/promise';
import { percentile } from '../statistics.js';

const ORDERS = 20_000;
const CUSTOMERS = 500;
const INSERTED_AT_ONCE = 1_000;
const CONNECTIONS = 4;
/** Between two queries of one connection, so that the database is used and not full. */
const THINK_MS = 2;

/** How long business queries took, in milliseconds. */
export interface BusinessLatency {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

/** An application's own queries: a customer's last orders, the sum of a month, an order that changes. */
export class BusinessLoad {
  private constructor(private readonly pool: Pool) {}

  /** Makes and fills the table. */
  static async open(url: string): Promise<BusinessLoad> {
    const pool = createPool({ uri: url, connectionLimit: CONNECTIONS });
    await pool.query(
      'CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer INT, month INT, total INT, note VARCHAR(200), INDEX (customer), INDEX (month))',
    );
    for (let first = 0; first < ORDERS; first += INSERTED_AT_ONCE) {
      const rows = Array.from({ length: INSERTED_AT_ONCE }, (_, nth) => [
        (first + nth) % CUSTOMERS,
        (first + nth) % 120,
        nth,
        'x'.repeat(150),
      ]);
      await pool.query('INSERT INTO orders (customer, month, total, note) VALUES ?', [rows]);
    }
    return new BusinessLoad(pool);
  }

  async measure(ms: number): Promise<BusinessLatency> {
    const latencies: number[] = [];
    const until = performance.now() + ms;
    await Promise.all(Array.from({ length: CONNECTIONS }, (_, lane) => this.run(until, lane, latencies)));
    const sorted = Float64Array.from(latencies).toSorted();
    return {
      p50: percentile(sorted, 50),
      p99: percentile(sorted, 99),
      perSecond: (sorted.length * 1_000) / ms,
    };
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async run(until: number, lane: number, latencies: number[]): Promise<void> {
    for (let nth = lane; performance.now() < until; nth += 1) {
      const asked = performance.now();
      await this.query(nth);
      latencies.push(performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, THINK_MS));
    }
  }

  private async query(nth: number): Promise<void> {
    if (nth % 10 === 0)
      await this.pool.execute('UPDATE orders SET total = total + 1 WHERE id = ?', [(nth * 37) % ORDERS]);
    else if (nth % 10 === 1) await this.pool.execute('SELECT SUM(total) FROM orders WHERE month = ?', [nth % 120]);
    else {
      await this.pool.execute('SELECT * FROM orders WHERE customer = ? ORDER BY id DESC LIMIT 20', [nth % CUSTOMERS]);
    }
  }
}
