import { addAbortSignal, type Duplex } from 'node:stream';
import type { Agent } from '../agent.ts';
import type { AgentHost } from '../agent-host.ts';
import { connectUnit } from '../connect-unit.ts';
import { startWhenFree } from '../start-when-free.ts';
import { explainFailedTrial, type FailureContext } from './explain-failed-trial.ts';

/** Finds out why the trial before this boot failed. Nobody waits for it, and nothing depends on it. */
export async function explainFailure(
  agent: Agent,
  found: Pick<FailureContext, 'state' | 'booted' | 'bootId'>,
  { log, places, signal }: AgentHost,
): Promise<void> {
  const connect = async (): Promise<Duplex> => {
    return addAbortSignal(signal, await connectUnit(places.lastWords));
  };
  const explained = explainFailedTrial({
    ...{ ...found, connect, file: places.failures },
    onKnown: (words) => agent.noteLastWords(words),
    record: async (digest, words) => {
      await startWhenFree(agent, () => agent.explainFailure(digest, words), signal);
    },
  });
  await explained.catch((error: unknown) => {
    if (signal.aborted) return;
    log(`why a trial failed is not known: ${error instanceof Error ? error.message : 'unknown'}`);
  });
}
