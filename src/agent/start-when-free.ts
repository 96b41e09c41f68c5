import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent } from './agent.ts';
import type { Started } from './operations/operation-queue.ts';

const POLL_MS = 100;

/**
 * Runs an operation of the agent's own once nobody's is under way, and waits for its end.
 *
 * @throws what the operation throws, or AbortError
 */
export async function startWhenFree(
  agent: Agent,
  start: () => Started<unknown>,
  signal: AbortSignal,
): Promise<void> {
  while (agent.operations.current !== null) await sleep(POLL_MS, undefined, { signal });
  await start().done;
}
