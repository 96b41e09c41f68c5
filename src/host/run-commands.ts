import { access, appendFile, constants } from 'node:fs/promises';
import path from 'node:path';
import { execa, ExecaError } from 'execa';
import { KubeosError } from '../errors.ts';
import type { Command, CommandResult, Commands } from './commands.ts';

/** Debian keeps these off an ordinary user's PATH, though the tools in them need no privilege. */
const TOOL_DIRECTORIES = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
];
const LAST_LINES = 20;

export interface CommandSettings {
  readonly signal: AbortSignal;
  /** Every command and its output is appended here. */
  readonly logFile?: string;
}

/** Commands on this host: found on PATH or in the sbin directories, killed with this process or its signal. */
export function hostCommands(settings: CommandSettings): Commands {
  return { run: (command) => runCommand(command, settings) };
}

async function runCommand(command: Command, settings: CommandSettings): Promise<CommandResult> {
  await locateTool(command.tool);
  // The kernel kills the tool when this process dies, however it dies (prctl(2) PR_SET_PDEATHSIG).
  const args = ['--pdeathsig', 'KILL', '--', command.tool, ...command.args];
  try {
    const result = await execa('setpriv', args, {
      cancelSignal: settings.signal,
      forceKillAfterDelay: 2000,
      env: environmentOf(command),
      extendEnv: false,
      stripFinalNewline: false,
      maxBuffer: 64 * 1024 * 1024,
      ...inputOf(command),
      ...(command.workingDirectory === undefined ? {} : { cwd: command.workingDirectory }),
    });
    await log(settings, command, result.stdout + result.stderr);
    return { stdout: result.stdout, stderr: result.stderr, exitCode: 0 };
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    return await settleFailure(command, error, settings);
  }
}

async function settleFailure(
  command: Command,
  error: ExecaError,
  settings: CommandSettings,
): Promise<CommandResult> {
  const stdout = String(error.stdout ?? '');
  const stderr = String(error.stderr ?? '');
  await log(settings, command, stdout + stderr);
  if (error.isCanceled)
    throw new KubeosError('CANCELLED', `stopped ${command.tool}`, { cause: error });
  const { exitCode } = error;
  if (exitCode !== undefined && command.successCodes?.includes(exitCode) === true) {
    return { stdout, stderr, exitCode };
  }
  throw commandFailed(command, error, command.hasSecretOutput === true ? '' : stdout + stderr);
}

function commandFailed(command: Command, error: ExecaError, output: string): KubeosError {
  const how =
    error.signal === undefined
      ? `ended with exit code ${String(error.exitCode ?? 'unknown')}`
      : `was ended by ${error.signal}`;
  const code = /No space left on device|Disk full|disk quota exceeded/i.test(output)
    ? 'NO_SPACE'
    : 'COMMAND_FAILED';
  const lastLines = output.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  return new KubeosError(code, `${command.tool} ${how}\n${commandLine(command)}\n${lastLines}`, {
    cause: error,
    hint:
      code === 'NO_SPACE'
        ? 'free some space on that file system, or choose another with --work-directory'
        : 'the lines above are its last output; the whole log is named below',
  });
}

/** The command as a person would type it; arguments are quoted only where a shell would need it. */
export function commandLine(command: Command): string {
  return [command.tool, ...command.args]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

function environmentOf(command: Command): Record<string, string> {
  const { PATH = '', HOME = '/', TMPDIR } = process.env;
  return {
    PATH: [PATH, ...TOOL_DIRECTORIES].join(':'),
    HOME,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    ...command.environment,
  };
}

function inputOf(command: Command): { input: string | Uint8Array } | { stdin: 'ignore' } {
  return command.input === undefined ? { stdin: 'ignore' } : { input: command.input };
}

async function log(settings: CommandSettings, command: Command, output: string): Promise<void> {
  if (settings.logFile === undefined) return;
  const shown =
    command.hasSecretOutput === true || command.isQuiet === true ? '(output not logged)\n' : output;
  await appendFile(settings.logFile, `$ ${commandLine(command)}\n${shown}`);
}

/** @throws KubeosError HOST_NOT_READY when the tool is nowhere */
export async function locateTool(tool: string): Promise<string> {
  if (path.isAbsolute(tool)) return tool;
  const directories = [...(process.env['PATH'] ?? '').split(':'), ...TOOL_DIRECTORIES];
  for (const directory of directories) {
    const candidate = path.join(directory, tool);
    if (await isExecutable(candidate)) return candidate;
  }
  throw new KubeosError('HOST_NOT_READY', `${tool} is not installed on this host`, {
    hint: 'run `kubeos doctor`: it names the package for each missing tool',
  });
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
