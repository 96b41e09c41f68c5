import { execFile } from 'node:child_process';
import { KubeosError } from '../errors.ts';

export interface CommandAnswer {
  /** Null for a program that could not be started, was killed, or took too long. */
  readonly exitCode: number | null;
  readonly stdout: string;
}

/** Runs a program of this node; arguments only, no shell. Never throws. */
export type CommandReader = (
  program: string,
  args: readonly string[],
  options?: { readonly timeoutMs?: number },
) => Promise<CommandAnswer>;

/** @throws KubeosError COMMAND_FAILED */
export type CommandRunner = (program: string, args: readonly string[]) => Promise<void>;

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 2 ** 16;

export const readCommand: CommandReader = async (
  program,
  args,
  { timeoutMs: timeout = TIMEOUT_MS } = {},
) =>
  await new Promise((resolve) => {
    const options = {
      timeout,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
    } as const;
    execFile(program, [...args], options, (error, stdout) => {
      // Of a program that was not started, or was killed, the code is a word or nothing.
      const code = error === null ? 0 : error.code;
      resolve({ exitCode: typeof code === 'number' ? code : null, stdout });
    });
  });

export const runCommand: CommandRunner = async (program, args) => {
  const { exitCode, stdout } = await readCommand(program, args);
  if (exitCode === 0) return;
  const said = stdout.trim().slice(-500);
  const message = `${program} ${args.join(' ')} ended with ${exitCode ?? 'a signal'}${said === '' ? '' : `: ${said}`}`;
  throw new KubeosError('COMMAND_FAILED', message, { hint: 'its log: journalctl -b' });
};
