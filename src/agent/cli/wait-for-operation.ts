import { KubeosError } from '../../errors.ts';
import { agentGoesOn } from '../client/ask-agent.ts';
import { followAgent } from '../client/follow-agent.ts';
import type { AgentEvent } from '../events/agent-event.ts';
import { assertSucceeded } from '../operations/operation-course.ts';
import type { Operation, OperationResult } from '../operations/operation.ts';
import { describeOperation, tenthOf } from './describe-status.ts';
import type { Invocation } from './command.ts';

/** Which operation of a node: where the result of the last one is lost, its ids begin anew with a start of the agent. */
type Begun = Pick<Operation, 'id' | 'since'>;

/** Waits for its end, and tells what goes on, in a line for each tenth. @throws KubeosError what failed; CANCELLED */
export async function waitForOperation(begun: Begun, invocation: Invocation): Promise<void> {
  const { socket, stderr, signal } = invocation;
  let said: string | null = null;
  try {
    for await (const event of followAgent(socket, signal)) {
      const ended = endOf(begun, event);
      if (ended !== null) return assertSucceeded(ended);
      if (said === null) assertKnown(begun, event);
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

function endOf(begun: Begun, event: AgentEvent): OperationResult | null {
  const ended = lastOf(event);
  return isSame(begun, ended) ? ended : null;
}

function lastOf(event: AgentEvent): OperationResult | null {
  if (event.event === 'result') return event.result;
  return event.event === 'status' ? event.status.last : null;
}

/** It was under way when the agent answered: one that does not know it first of all has started since. */
function assertKnown(begun: Begun, event: AgentEvent): void {
  if (event.event === 'status' && !isSame(begun, event.status.operation)) throw restarted();
}

function isSame<T extends Begun>({ id, since }: Begun, other: T | null): other is T {
  return other !== null && other.id === id && other.since === since;
}

const stepOf = ({ phase, progress }: Operation): string =>
  `${phase} ${progress === null ? '' : tenthOf(progress)}`;

function restarted(): KubeosError {
  return new KubeosError('INTERNAL', 'the agent was restarted meanwhile', {
    hint: 'run it again: it goes on from there',
  });
}
