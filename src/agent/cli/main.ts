import { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { KubeosError } from '../../errors.ts';
import { readCommand, runCommand } from '../command-runner.ts';
import { checkForAgent } from '../health/check-for-agent.ts';
import { CHECK_PLACES, lookAround } from '../health/node-checks.ts';
import { fetchForAgent } from '../fetcher/fetch-for-agent.ts';
import { NODE_PLACES, runAgent } from '../run-agent.ts';
import { describeHealth } from './describe-status.ts';
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
  const { stdout, stderr } = process;
  const { values, positionals } = parse(process.args);
  const [name = 'help', ...rest] = positionals;
  const own = values.help === true ? OWN.get('help') : OWN.get(name);
  if (own !== undefined) return await own(process);
  const command = COMMANDS.get(name);
  if (command === undefined) throw usage(`there is no command ${JSON.stringify(name)}`);
  const socket = values.socket ?? DEFAULT_SOCKET;
  await command.run({ socket, positionals: rest, options: values, stdout, stderr });
}

/** What needs no running agent. */
const OWN: ReadonlyMap<string, (process: AgentProcess) => Promise<void>> = new Map([
  ['help', async ({ stdout }) => stdout(helpText())],
  ['version', async ({ stdout, version }) => stdout(`${version}\n`)],
  ['run', runDaemon],
  ['fetch', async () => await fetchForAgent(new Socket({ fd: 0 }))],
  ['check', async () => await checkForAgent(new Socket({ fd: 0 }))],
  [
    'health',
    async ({ stdout }) => stdout(describeHealth(await lookAround(CHECK_PLACES, readCommand))),
  ],
]);

async function runDaemon({ version, stdout, signal }: AgentProcess): Promise<void> {
  const log = (line: string): void => stdout(`${line}\n`);
  await runAgent({ places: NODE_PLACES, version, run: runCommand, log, signal });
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
    '  health\n      What is checked on a trial, looked at now',
    '  fetch, check\n      What the daemon has started for what it may not do itself',
    '  version\n      The version of this program\n',
  ].join('\n');
}
