import { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { KubeosError } from '../../errors.ts';
import { readCommand, runCommand } from '../command-runner.ts';
import { checkForAgent } from '../health/check-for-agent.ts';
import { CHECK_PLACES, lookAround } from '../health/node-checks.ts';
import { fetchForAgent } from '../fetcher/fetch-for-agent.ts';
import { NODE_PLACES, runAgent } from '../run-agent.ts';
import { describeHealth } from './describe-status.ts';
import { persistCommand } from '../persist/persist-command.ts';
import { askStatus } from '../client/ask-agent.ts';
import { COMMANDS } from './commands.ts';
import type { Said } from './invocation.ts';

const DEFAULT_SOCKET = '/run/kubeos/admin/agent.sock';

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

async function runNamed(process: AgentProcess): Promise<void> {
  const { stdout, stderr, signal } = process;
  const { values, positionals } = parse(process.args);
  const [name = 'help', ...rest] = positionals;
  const own = values.help === true ? OWN.get('help') : OWN.get(name);
  if (own !== undefined) return await own(process);
  const command = COMMANDS.get(name);
  if (command === undefined) throw usage(`there is no command ${JSON.stringify(name)}`);
  const { json = false, socket = DEFAULT_SOCKET } = values;
  const invocation = { socket, positionals: rest, options: values, stdout, stderr, signal };
  const said = await command.run(invocation);
  stdout(json ? await documentOf(said, socket) : said.text);
}

async function documentOf({ document }: Said, socket: string): Promise<string> {
  if (document === null) return '';
  if (document !== undefined) return asJson(document.kind, document.content);
  return asJson('AgentStatus', await askStatus(socket));
}

/** What needs no running agent. */
const OWN: ReadonlyMap<string, (process: AgentProcess) => Promise<void>> = new Map([
  ['help', async ({ stdout }) => stdout(helpText())],
  ['version', async ({ stdout, version }) => stdout(`${version}\n`)],
  ['run', runDaemon],
  ['fetch', async () => await fetchForAgent(new Socket({ fd: 0 }))],
  ['check', async () => await checkForAgent(new Socket({ fd: 0 }))],
  ['health', showHealth],
  ['persist', showPersist],
]);

async function showHealth({ args, stdout }: AgentProcess): Promise<void> {
  const results = await lookAround(CHECK_PLACES, readCommand);
  stdout(args.includes('--json') ? asJson('AgentHealth', { results }) : describeHealth(results));
}

async function showPersist({ args, stdout }: AgentProcess): Promise<void> {
  const { values, positionals } = parse(args);
  const isDryRun = values['dry-run'] === true;
  const { kind, said, text } = await persistCommand({ words: positionals.slice(1), isDryRun });
  stdout(values.json === true ? asJson(kind, said) : text);
}

/** As all of kubeos says things to programs (contract section 8). */
const asJson = (kind: string, said: object): string =>
  `${JSON.stringify({ apiVersion: 'cli.kubeos/v1', kind, ...said })}\n`;

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
        'limit-rate': { type: 'string' },
        'max-transfer': { type: 'string' },
        'allow-older': { type: 'boolean' },
        'allow-failed': { type: 'boolean' },
        'dry-run': { type: 'boolean' },
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
    "  persist [list]\n      What was changed in /etc on this node, what of it lasts, and what hides the image's",
    "  persist reset ITEM… [--dry-run]\n      The image's /etc again, for a named item, a file or a directory, at the next start",
    '  health\n      What is checked on a trial, looked at now',
    '  run\n      The daemon; its unit starts it',
    '  fetch, check\n      What the daemon has started for what it may not do itself',
    '  version\n      The version of this program',
    OPTIONS,
    EXAMPLES,
  ].join('\n');
}

const OPTIONS = `
Options
  --json             Say the node's status as JSON when it is done
  --socket PATH      Where the agent answers; default ${DEFAULT_SOCKET}
  --repository NAME  One that the image names; default: default
  --limit-rate BYTES
                     Fetch no faster: bytes a second, or 20M (K, M, G: powers of 1024)
  --max-transfer BYTES
                     Give up rather than fetch more in all
  --allow-older      Take a release that is older than the one that runs
  --allow-failed     Take a release that failed on this node before
  --dry-run          Say what would be done, and do nothing`;

const EXAMPLES = `
Examples
  kubeos-agent prepare stable && kubeos-agent activate && kubeos-agent reboot
      Upgrade to what the channel stable names
  kubeos-agent rollback && kubeos-agent reboot
      Back to the release before
  kubeos-agent plan stable
      What that would fetch, and whether it would be refused
  kubeos-agent status --json
      For a program
`;
