import { readFile } from 'node:fs/promises';

/** What V8 writes into a `.cpuprofile`, as far as it is needed. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Neither is work of the server: waiting, and the profiler's own start. */
const NOT_WORK = ['(idle) ', 'dispatch '];

/**
 * Which part of the work each function did in itself, by `name place`. Parts, not microseconds: the profiler's clock goes on
 * while another process has the core.
 */
export async function selfParts(path: string): Promise<ReadonlyMap<string, number>> {
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(path, 'utf8')) as CpuProfile;
  const names = new Map(
    nodes.map(({ id, callFrame }) => [id, `${callFrame.functionName || '(anonymous)'} ${place(callFrame)}`]),
  );
  const times = new Map<string, number>();
  samples.forEach((node, index) => {
    const name = names.get(node) ?? '(unknown)';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  });
  for (const name of NOT_WORK) times.delete(name);
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  return new Map([...times].map(([name, time]) => [name, time / all]));
}

/** A file from its package on, with the line. */
function place({ url, lineNumber }: { readonly url: string; readonly lineNumber: number }): string {
  if (url === '') return '';
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*\/(libs|bench)\//, '$1/');
  return `${file}:${lineNumber + 1}`;
}
