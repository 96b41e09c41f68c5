import { KubeosError } from '../../errors.ts';
import { agentGoesOn } from '../client/ask-agent.ts';
import { followAgent } from '../client/follow-agent.ts';
import type { AgentEvent } from '../events/agent-event.ts';
import { assertSucceeded } from '../operations/operation-course.ts';
import type { Operation, OperationResult } from '../operations/operation.ts';
import { describeOperation, tenthOf } from './describe-status.ts';
import type { Invocation } from './command.ts';

/** Waits for its end, and tells what goes on, in a line for each tenth. @throws KubeosError what failed; CANCELLED */
export async function waitForOperation(id: number, invocation: Invocation): Promise<void> {
  const { socket, stderr, signal } = invocation;
  let said: string | null = null;
  try {
    for await (const event of followAgent(socket, signal)) {
      const ended = endOf(id, event);
      if (ended !== null) return assertSucceeded(ended);
      if (said === null) assertKnown(id, event);
      said ??= '';
      if (event.event !== 'operation') continue;
      const step = stepOf(event.operation);
      if (step !== said) stderr(`${describeOperation(event.operation)}\n`);
      said = step;
    }
  } catch (cause) {
    throw signal.aborted ? agentGoesOn(cause) : cause;
  }
  throw restarted();
}

function endOf(id: number, event: AgentEvent): OperationResult | null {
  if (event.event === 'result') return event.result.id === id ? event.result : null;
  if (event.event !== 'status') return null;
  const { last } = event.status;
  return last?.id === id ? last : null;
}

/** It was under way when the agent answered: one that does not know it first of all has started since. */
function assertKnown(id: number, event: AgentEvent): void {
  if (event.event === 'status' && event.status.operation?.id !== id) throw restarted();
}

const stepOf = ({ phase, progress }: Operation): string =>
  `${phase} ${progress === null ? '' : tenthOf(progress)}`;

function restarted(): KubeosError {
  return new KubeosError('INTERNAL', 'the agent was restarted meanwhile', {
    hint: 'run it again: it goes on from there',
  });
}
