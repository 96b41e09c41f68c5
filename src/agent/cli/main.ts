import { hasMoreToSay, KubeosError } from '../../errors.ts';
import type { Said } from './command.ts';
import { commandHelp, DEFAULT_SOCKET, helpText } from './help-text.ts';
import { parseArguments } from './parse-arguments.ts';

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
    return await runAgentCommand(process);
  } catch (error) {
    if (!(error instanceof KubeosError)) {
      const said = error instanceof Error ? (error.stack ?? error.message) : 'a bug';
      process.stderr(`${said}\n`);
      return 1;
    }
    process.stderr(rendered(error));
    return error.exitCode;
  }
}

/** By its code a person finds the page about it; `kubeos`, which has that page, is not on a node. */
function rendered({ message, hint, code }: KubeosError): string {
  const lines = [`error: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
  return [...lines, ...(hasMoreToSay(code) ? [`code: ${code}`] : []), ''].join('\n');
}

/**
 * A command of `kubeos-agent`, on its node or for `kubeos node`, which shows errors its own way.
 *
 * @throws KubeosError whose exit code is the command's
 */
export async function runAgentCommand(process: AgentProcess): Promise<number> {
  const { stdout } = process;
  const { command, positionals, options } = parseArguments(process.args);
  if (command === null || options['help'] === true) {
    stdout(command === null ? helpText() : commandHelp(command));
    return 0;
  }
  const socket = typeof options['socket'] === 'string' ? options['socket'] : DEFAULT_SOCKET;
  const run = await command.load();
  const said = await run({ ...process, socket, positionals, options });
  stdout(options['json'] === true ? await documentOf(said, socket) : said.text);
  return said.exitCode ?? 0;
}

/** As all of kubeos says things to programs (contract section 8). */
async function documentOf({ document }: Said, socket: string): Promise<string> {
  if (document === null) return '';
  const { kind, content } = document ?? (await statusDocument(socket));
  return `${JSON.stringify({ apiVersion: 'cli.kubeos/v1', kind, ...content })}\n`;
}

async function statusDocument(socket: string): Promise<NonNullable<Said['document']>> {
  const { askStatus } = await import('../client/ask-agent.ts');
  return { kind: 'AgentStatus', content: await askStatus(socket) };
}
