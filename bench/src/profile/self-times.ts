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

/** Microseconds that each function spent in itself, by `name place`. */
export async function selfTimes(path: string): Promise<Map<string, number>> {
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(path, 'utf8')) as CpuProfile;
  const names = new Map(
    nodes.map(({ id, callFrame }) => [id, `${callFrame.functionName || '(anonymous)'} ${place(callFrame)}`]),
  );
  const times = new Map<string, number>();
  samples.forEach((node, index) => {
    const name = names.get(node) ?? '(unknown)';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  });
  times.delete('(idle) ');
  return times;
}

/** A file from its package on, with the line. */
function place({ url, lineNumber }: { readonly url: string; readonly lineNumber: number }): string {
  if (url === '') return '';
  const file = url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*\/(libs|bench)\//, '$1/');
  return `${file}:${lineNumber + 1}`;
}
