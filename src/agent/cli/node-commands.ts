import { readCommand } from '../command-runner.ts';
import { describeFindings } from '../doctor/describe-findings.ts';
import { examineNode } from '../doctor/examine-node.ts';
import { CHECK_PLACES, lookAround } from '../health/node-checks.ts';
import { persistCommand } from '../persist/persist-command.ts';
import { NODE_PLACES } from '../node-places.ts';
import type { Invocation, Said } from './command.ts';
import { describeHealth } from './describe-status.ts';

const NOT_READY = 4;

/** `kubeos-agent doctor`: needs no running agent. */
export async function doctor({ socket }: Invocation): Promise<Said> {
  const findings = await examineNode({
    ...{ places: NODE_PLACES, socket, read: readCommand, now: new Date() },
    persist: CHECK_PLACES,
  });
  return {
    text: describeFindings(findings),
    document: { kind: 'AgentFindings', content: { findings } },
    exitCode: findings.some(({ state }) => state === 'bad') ? NOT_READY : 0,
  };
}

/** `kubeos-agent health` */
export async function health(): Promise<Said> {
  const results = await lookAround(CHECK_PLACES, readCommand);
  return {
    text: describeHealth(results),
    document: { kind: 'AgentHealth', content: { results } },
  };
}

/** `kubeos-agent persist` */
export async function persist({ positionals: words, options }: Invocation): Promise<Said> {
  const isDryRun = options['dry-run'] === true;
  const { kind, said: content, text } = await persistCommand({ words, isDryRun });
  return { text, document: { kind, content } };
}

/** `kubeos-agent configure`. Its parser of YAML is loaded only here: the daemon has no use for it. */
export async function configure({ socket, positionals, options }: Invocation): Promise<Said> {
  const { configureCommand } = await import('../configure/configure-command.ts');
  const isDryRun = options['dry-run'] === true;
  const { kind, said, text } = await configureCommand({ socket, words: positionals, isDryRun });
  return { text, document: { kind, content: said } };
}

/** `kubeos-agent version` */
export async function version({ version: it }: Invocation): Promise<Said> {
  const document = { kind: 'AgentVersion', content: { version: it } };
  return await Promise.resolve({ text: `${it}\n`, document });
}
