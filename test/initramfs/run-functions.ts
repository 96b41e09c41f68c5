import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostCommands } from '../../src/host/run-commands.ts';

export const commands = hostCommands({ signal: new AbortController().signal });
const SCRIPTS = path.dirname(fileURLToPath(import.meta.resolve('#templates/initramfs/init')));

/** The shells that are /bin/sh in Debian and in openEuler. */
export const SHELLS: Readonly<Record<string, readonly string[]>> = {
  dash: ['dash'],
  bash: ['bash', '--posix'],
};

/** Replaces what needs a running initramfs: words go to standard output. */
const OUTSIDE = `
say() { echo "say: $*"; }
warn() { echo "warn: $*"; }
fail() { echo "fail: $*"; exit 1; }
`;

export interface ShellCall {
  /** A shell and its options, of `SHELLS`. */
  readonly shell: readonly string[];
  /** Files of templates/initramfs without `.sh`. */
  readonly sources: readonly string[];
  /** Shell text; its arguments are "$1" and so on. */
  readonly text: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly successCodes?: readonly number[];
}

/** Calls functions of the init script on this host. */
export async function runFunctions(call: ShellCall): Promise<string> {
  const { shell, sources, text, args, environment, successCodes } = call;
  const [tool = 'sh', ...options] = shell;
  const dots = ['report', ...sources].map((name) => `. '${SCRIPTS}/${name}.sh'\n`).join('');
  const result = await commands.run({
    tool,
    args: [...options, '-c', `${dots}${OUTSIDE}${text}`, 'sh', ...args],
    ...(environment === undefined ? {} : { environment }),
    ...(successCodes === undefined ? {} : { successCodes }),
  });
  return result.stdout + result.stderr;
}
