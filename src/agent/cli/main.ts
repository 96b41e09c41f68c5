import { parseArgs } from 'node:util';
import { KubeosError } from '../../errors.ts';
import { readCommand, runCommand } from '../command-runner.ts';
import { NODE_PLACES, runAgent } from '../run-agent.ts';
import { COMMANDS } from './commands.ts';

export interface AgentProcess {
  readonly args: readonly string[];
  readonly version: string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
}

/** `kubeos-agent`: the daemon, and what asks it. @returns the exit code (contract section 8) */
export async function main(process: AgentProcess): Promise<number> {
  try {
    await runNamed(process);
    return 0;
  } catch (error) {
    if (!(error instanceof KubeosError)) {
      const said = error instanceof Error ? (error.stack ?? error.message) : 'a bug';
      process.stderr(`${said}\n`);
      return 1;
    }
    process.stderr(
      `error: ${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`,
    );
    return error.exitCode;
  }
}

const DEFAULT_SOCKET = '/run/kubeos/admin/agent.sock';

async function runNamed(process: AgentProcess): Promise<void> {
  const { version, stdout, stderr, signal } = process;
  const { values, positionals } = parse(process.args);
  const [name = 'help', ...rest] = positionals;
  if (values.help === true || name === 'help') return stdout(helpText());
  if (name === 'version') return stdout(`${version}\n`);
  if (name === 'run') {
    const log = (line: string): void => stdout(`${line}\n`);
    return await runAgent({
      places: NODE_PLACES,
      version,
      run: runCommand,
      read: readCommand,
      log,
      signal,
    });
  }
  const command = COMMANDS.get(name);
  if (command === undefined) throw usage(`there is no command ${JSON.stringify(name)}`);
  const socket = values.socket ?? DEFAULT_SOCKET;
  await command.run({ socket, positionals: rest, options: values, stdout, stderr });
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        socket: { type: 'string' },
        repository: { type: 'string' },
        'allow-older': { type: 'boolean' },
        'allow-failed': { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw usage(cause instanceof Error ? cause.message : 'wrong usage', cause);
  }
}

function usage(message: string, cause?: unknown): KubeosError {
  return new KubeosError('USAGE', message, {
    cause,
    hint: 'kubeos-agent --help lists the commands',
  });
}

function helpText(): string {
  const lines = [...COMMANDS.values()].map(
    ({ usage: line, summary }) => `  ${line}\n      ${summary}`,
  );
  return [
    'kubeos-agent: upgrades this node\n',
    ...lines,
    '  run\n      The daemon; its unit starts it',
    '  version\n      The version of this program\n',
  ].join('\n');
}
