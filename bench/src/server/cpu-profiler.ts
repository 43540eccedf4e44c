import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';

const SAMPLE_EVERY_MICROSECONDS = 250;

/** V8's own profiler on this process, from when it is asked for: start-up and warm-up are not in the profile. */
export class CpuProfiler {
  private readonly session = new Session();

  async start(): Promise<undefined> {
    this.session.connect();
    await this.session.post('Profiler.enable');
    await this.session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_MICROSECONDS });
    await this.session.post('Profiler.start');
  }

  /** Stops and writes what was seen, for Chrome's DevTools and for our own table. */
  async write(path: string): Promise<undefined> {
    const { profile } = await this.session.post('Profiler.stop');
    this.session.disconnect();
    await writeFile(path, JSON.stringify(profile));
  }
}
