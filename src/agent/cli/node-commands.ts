import type { Invocation, Said } from './command.ts';

// Each loads what it alone needs: `persist settle` is waited for by every start of a node.

const NOT_READY = 4;

/** `kubeos-agent doctor`: needs no running agent. */
export async function doctor({ socket }: Invocation): Promise<Said> {
  const { readCommand } = await import('../command-runner.ts');
  const { describeFindings } = await import('../doctor/describe-findings.ts');
  const { examineNode } = await import('../doctor/examine-node.ts');
  const { CHECK_PLACES } = await import('../health/node-checks.ts');
  const { NODE_PLACES } = await import('../node-places.ts');
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
  const { readCommand } = await import('../command-runner.ts');
  const { CHECK_PLACES, lookAround } = await import('../health/node-checks.ts');
  const { describeHealth } = await import('./describe-status.ts');
  const results = await lookAround(CHECK_PLACES, readCommand);
  return {
    text: describeHealth(results),
    document: { kind: 'AgentHealth', content: { results } },
  };
}

/** `kubeos-agent persist` */
export async function persist({ positionals: words, options }: Invocation): Promise<Said> {
  const { persistCommand } = await import('../persist/persist-command.ts');
  const isDryRun = options['dry-run'] === true;
  const { kind, said: content, text } = await persistCommand({ words, isDryRun });
  return { text, document: { kind, content } };
}

/** `kubeos-agent configure` */
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
