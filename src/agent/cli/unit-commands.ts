import { Socket } from 'node:net';
import type { Invocation, Said } from './command.ts';

// Each unit is a process of its own, and loads what it is there for.

const NOTHING: Said = { text: '', document: null };

/** `kubeos-agent run`: the daemon. */
export async function run({ version, stdout, signal }: Invocation): Promise<Said> {
  const { runCommand } = await import('../command-runner.ts');
  const { NODE_PLACES } = await import('../node-places.ts');
  const { runAgent } = await import('../run-agent.ts');
  const log = lineTo(stdout);
  const clock = (): Date => new Date();
  await runAgent({ places: NODE_PLACES, version, clock, run: runCommand, log, signal });
  return NOTHING;
}

const lineTo = (stdout: Invocation['stdout']) => (line: string) => stdout(`${line}\n`);

/** `kubeos-agent fetch`: for the daemon, which is on its standard input. */
export async function fetch(): Promise<Said> {
  const { fetchForAgent } = await import('../fetcher/fetch-for-agent.ts');
  await fetchForAgent(new Socket({ fd: 0 }));
  return NOTHING;
}

/** `kubeos-agent check`: for the daemon, which is on its standard input. */
export async function check(): Promise<Said> {
  const { checkForAgent } = await import('../health/check-for-agent.ts');
  await checkForAgent(new Socket({ fd: 0 }));
  return NOTHING;
}

/** `kubeos-agent last-words`: for the daemon, which is on its standard input. */
export async function lastWords(): Promise<Said> {
  const { tellLastWords } = await import('../failure/tell-last-words.ts');
  await tellLastWords(new Socket({ fd: 0 }));
  return NOTHING;
}

/** `kubeos-agent apply`: for the daemon, which is on its standard input. */
export async function apply({ stdout }: Invocation): Promise<Said> {
  const { configureForAgent } = await configuring();
  await configureForAgent(new Socket({ fd: 0 }), lineTo(stdout));
  return NOTHING;
}

/** `kubeos-agent revert`: at the start of a node, and after an `apply` that was killed. */
export async function revert({ stdout }: Invocation): Promise<Said> {
  const { revertConfiguration } = await configuring();
  await revertConfiguration(lineTo(stdout));
  return NOTHING;
}

/** With parsers for YAML and TOML, which the daemon has no use for and does not hold. */
const configuring = async () => await import('../configure/configure-for-agent.ts');
