import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installServer, type ServerSoftware } from 'throwaway-servers';

/** Debian's package of the library that shows a process another time. */
const FAKETIME: ServerSoftware = { binary: 'faketime', aptPackage: 'faketime' };

const LIBRARIES = '/usr/lib';

/**
 * The environments of processes that live at other times, such as `+10m`; undefined is now. Only what time it is is different: time passes as
 * always. Throws where the library is missing and cannot be installed.
 */
export async function fakeClocks(offsets: readonly (string | undefined)[]): Promise<Record<string, string>[]> {
  await installServer(FAKETIME);
  return offsets.map((offset): Record<string, string> => {
    if (offset === undefined) return {};
    return { LD_PRELOAD: library(), FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
  });
}

function library(): string {
  for (const folder of readdirSync(LIBRARIES)) {
    if (!folder.includes('-linux-')) continue;
    const file = join(LIBRARIES, folder, 'faketime', 'libfaketimeMT.so.1');
    if (readdirSync(join(LIBRARIES, folder)).includes('faketime')) return file;
  }
  throw new Error('libfaketimeMT.so.1 is not where Debian puts it');
}
