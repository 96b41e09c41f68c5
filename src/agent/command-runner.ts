import { spawn, type StdioOptions } from 'node:child_process';
import { KubeosError } from '../errors.ts';

export interface CommandAnswer {
  /** Null for a program that could not be started, was killed, or took too long. */
  readonly exitCode: number | null;
  /** The end of it, where it is long. */
  readonly stdout: string;
}

export interface CommandLimits {
  readonly timeoutMs?: number;
  /** Whether what it says of errors goes to our own: in a unit, to its journal. Else nobody hears it. */
  readonly isLogged?: boolean;
}

/** Runs a program of this node; arguments only, no shell, and nothing to read. Never throws. */
export type CommandReader = (
  program: string,
  args: readonly string[],
  limits?: CommandLimits,
) => Promise<CommandAnswer>;

/** @throws KubeosError COMMAND_FAILED */
export type CommandRunner = (program: string, args: readonly string[]) => Promise<void>;

const TIMEOUT_MS = 30_000;
const MAX_LETTERS = 2 ** 16;

export const readCommand: CommandReader = async (
  program,
  args,
  { timeoutMs = TIMEOUT_MS, isLogged = false } = {},
) =>
  await new Promise((resolve) => {
    const stdio: StdioOptions = ['ignore', 'pipe', isLogged ? 'inherit' : 'ignore'];
    const child = spawn(program, [...args], { stdio });
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      stdout = `${stdout}${chunk}`.slice(-MAX_LETTERS);
    });
    // What it has started may hold the pipe longer than it lives.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout?.destroy();
    }, timeoutMs);
    const end = (exitCode: number | null): void => {
      clearTimeout(timer);
      resolve({ exitCode, stdout });
    };
    child.on('error', () => end(null));
    child.on('close', end);
  });

export const runCommand: CommandRunner = async (program, args) => {
  const { exitCode, stdout } = await readCommand(program, args);
  if (exitCode === 0) return;
  const said = stdout.trim().slice(-500);
  const message = `${program} ${args.join(' ')} ended with ${exitCode ?? 'a signal'}${said === '' ? '' : `: ${said}`}`;
  throw new KubeosError('COMMAND_FAILED', message, { hint: 'its log: journalctl -b' });
};
