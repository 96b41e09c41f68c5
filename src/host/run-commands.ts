import { access, appendFile, constants } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
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
const END_WITH_CALLER = fileURLToPath(import.meta.resolve('#templates/end-with-caller.sh'));

export interface CommandSettings {
  readonly signal: AbortSignal;
  /** Every command and its output is appended here. */
  readonly logFile?: string;
  /** TMPDIR of the commands; default: this process's own. */
  readonly temporaryDirectory?: string;
}

/** Commands on this host: found on PATH or in the sbin directories, ended with this process or its signal, and all that they started with them. */
export function hostCommands(settings: CommandSettings): Commands {
  return { run: (command) => runCommand(command, settings) };
}

async function runCommand(command: Command, settings: CommandSettings): Promise<CommandResult> {
  await locateTool(command.tool);
  // Nothing is ever written to it: what counts is that its other end closes with this process.
  const alive = new Readable({ read: () => undefined });
  const running = execa('sh', [END_WITH_CALLER, command.tool, ...command.args], {
    cancelSignal: settings.signal,
    killDescendants: true,
    forceKillAfterDelay: 2000,
    env: environmentOf(command, settings),
    extendEnv: false,
    stripFinalNewline: false,
    maxBuffer: 256 * 1024 * 1024,
    reject: false,
    stdio: [command.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', [alive, 'pipe']],
    ...(command.input === undefined ? {} : { input: command.input }),
    ...(command.workingDirectory === undefined ? {} : { cwd: command.workingDirectory }),
  });
  running.nodeChildProcess.once('exit', () => alive.push(null));
  const result = await running;
  await log(settings, command, result.stdout + result.stderr);
  return settle(command, result, settings.logFile);
}

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly failed: boolean;
  readonly isCanceled: boolean;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

function settle(command: Command, outcome: Outcome, logFile?: string): CommandResult {
  const { stdout, stderr, exitCode = -1 } = outcome;
  if (outcome.isCanceled) throw new KubeosError('CANCELLED', `stopped while ${command.tool} ran`);
  const isSuccess = command.successCodes?.includes(exitCode) ?? !outcome.failed;
  if (isSuccess) return { stdout, stderr, exitCode };
  throw commandFailed(command, outcome, logFile);
}

function commandFailed(command: Command, outcome: Outcome, logFile?: string): KubeosError {
  const how =
    outcome.signal === undefined
      ? `ended with exit code ${outcome.exitCode ?? 'unknown'}`
      : `was ended by ${outcome.signal}`;
  const output = command.hasSecretOutput === true ? '' : outcome.stdout + outcome.stderr;
  const isFull = /No space left on device|Disk full|disk quota exceeded/i.test(output);
  const lastLines = output.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  return new KubeosError(
    isFull ? 'NO_SPACE' : 'COMMAND_FAILED',
    `${command.tool} ${how}\n  ${commandLine(command)}\n${lastLines}`,
    isFull
      ? { hint: 'free some space on that file system, or name a place on another' }
      : more(logFile),
  );
}

/** Its folder may be a private one that ends with the failure, while its name stays. */
function more(logFile?: string): { readonly hint?: string } {
  if (logFile === undefined) return {};
  const name = path.basename(logFile);
  return {
    hint: `the lines above are the last ones it printed; ${name} in the output folder has them all`,
  };
}

/** The command as a person would type it; arguments are quoted only where a shell would need it. */
export function commandLine(command: Command): string {
  return [command.tool, ...command.args]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

function environmentOf(command: Command, settings: CommandSettings): Record<string, string> {
  const { PATH = '', HOME = '/', TMPDIR } = process.env;
  const { temporaryDirectory = TMPDIR } = settings;
  return {
    PATH: [PATH, ...TOOL_DIRECTORIES].join(':'),
    HOME,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    ...(temporaryDirectory === undefined ? {} : { TMPDIR: temporaryDirectory }),
    ...proxySettings(),
    ...command.environment,
  };
}

/** What programs that fetch need to get out of a closed network. */
function proxySettings(): Record<string, string> {
  const names = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  const set = names.map((name) => [name, process.env[name] ?? ''] as const);
  return Object.fromEntries(set.filter(([, value]) => value !== ''));
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
