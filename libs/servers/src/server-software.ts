import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A server that this library can start: what it is called, and what a person without it must do. */
export interface ServerSoftware {
  /** Name of the executable. */
  readonly binary: string;
  /** Debian's and Ubuntu's package that holds it. */
  readonly aptPackage: string;
  /** The environment variable that names a running server instead, where the tests take one. */
  readonly urlVariable?: string;
}

// Debian keeps servers where only root's PATH looks, and those of SSH where nobody's does.
const USUAL_FOLDERS = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/usr/lib/openssh',
  '/opt/homebrew/bin',
];

/** The path of an executable, from PATH first and then the usual folders of servers; undefined when there is none. */
export function findServer(binary: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...USUAL_FOLDERS];
  return folders.map((folder) => join(folder, binary)).find(isExecutable);
}

/** Like `findServer`, but throws `MissingServerError` when there is none. */
export function requireServer(software: ServerSoftware): string {
  const path = findServer(software.binary);
  if (path === undefined) throw new MissingServerError(software);
  return path;
}

/** A server is not on this machine. The message is one line that says what to do about it. */
export class MissingServerError extends Error {
  override readonly name = 'MissingServerError';

  /** @param detail why it could not be installed, when that was tried */
  constructor(
    readonly software: ServerSoftware,
    detail?: string,
  ) {
    super(
      `${software.binary} is not on this machine${detail === undefined ? '' : ` and ${detail}`}: ` +
        `install it (Debian, Ubuntu: apt-get install ${software.aptPackage})` +
        (software.urlVariable === undefined ? '' : ` or set ${software.urlVariable} to the URL of one that runs`),
    );
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
