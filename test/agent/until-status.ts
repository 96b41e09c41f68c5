import { setTimeout as sleep } from 'node:timers/promises';
import { askStatus } from '../../src/agent/client/ask-agent.ts';
import type { AgentStatus } from '../../src/agent/status.ts';

/** Far beyond what a node of files needs for anything; nothing is asserted about time. */
const WAIT_MS = 5 * 60_000;

/** Until a daemon is idle and has come to this. @throws Error with its status where it does not */
export async function untilStatus(
  socket: string,
  isSo: (status: AgentStatus) => boolean,
  waitMs = WAIT_MS,
): Promise<AgentStatus> {
  const endMs = performance.now() + waitMs;
  for (;;) {
    const status = await askStatus(socket);
    if (status.operation === null && isSo(status)) return status;
    if (performance.now() > endMs) {
      throw new Error(`the daemon did not come to it: ${JSON.stringify(status)}`);
    }
    await sleep(20);
  }
}

/** Until a daemon answers for the first time. @throws Error where it does not, or has ended */
export async function untilUp(
  socket: string,
  isOver: () => boolean,
  waitMs = WAIT_MS,
): Promise<AgentStatus> {
  const endMs = performance.now() + waitMs;
  for (;;) {
    try {
      return await askStatus(socket);
    } catch (cause) {
      if (isOver()) throw new Error('the daemon has ended', { cause });
      if (performance.now() > endMs) throw new Error('the daemon does not answer', { cause });
    }
    await sleep(10);
  }
}
