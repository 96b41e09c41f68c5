import { Socket } from 'node:net';
import { runCommand } from '../command-runner.ts';
import { checkForAgent } from '../health/check-for-agent.ts';
import { tellLastWords } from '../failure/tell-last-words.ts';
import { fetchForAgent } from '../fetcher/fetch-for-agent.ts';
import { NODE_PLACES, runAgent } from '../run-agent.ts';
import type { Invocation, Said } from './command.ts';

const NOTHING: Said = { text: '', document: null };

/** `kubeos-agent run`: the daemon. */
export async function run({ version, stdout, signal }: Invocation): Promise<Said> {
  const log = (line: string): void => stdout(`${line}\n`);
  await runAgent({ places: NODE_PLACES, version, run: runCommand, log, signal });
  return NOTHING;
}

/** `kubeos-agent fetch`: for the daemon, which is on its standard input. */
export async function fetch(): Promise<Said> {
  await fetchForAgent(new Socket({ fd: 0 }));
  return NOTHING;
}

/** `kubeos-agent check`: for the daemon, which is on its standard input. */
export async function check(): Promise<Said> {
  await checkForAgent(new Socket({ fd: 0 }));
  return NOTHING;
}

/** `kubeos-agent last-words`: for the daemon, which is on its standard input. */
export async function lastWords(): Promise<Said> {
  await tellLastWords(new Socket({ fd: 0 }));
  return NOTHING;
}
