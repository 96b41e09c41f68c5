import { request, type IncomingMessage } from 'node:http';
import { KubeosError } from '../../errors.ts';
import { agentEventSchema, type AgentEvent } from '../events/agent-event.ts';
import { unreachable } from './ask-agent.ts';
import { documentIn, linesOf } from './bounded-answer.ts';

/**
 * What happens on a node, beginning with its status. Ends when the agent does, or closes a reader that is too slow;
 * kinds of events that this client does not know are left out.
 *
 * @throws KubeosError HOST_NOT_READY without an agent, or where something else answers; CANCELLED when the signal is aborted
 */
export async function* followAgent(
  socket: string,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent> {
  const answer = await openEvents(socket, signal);
  try {
    for await (const line of linesOf(answer)) {
      const event = agentEventSchema.safeParse(documentIn(line));
      if (event.success) yield event.data;
    }
  } catch (cause) {
    if (cause instanceof KubeosError) throw cause;
    throw new KubeosError('HOST_NOT_READY', 'the agent ended', {
      cause,
      hint: 'journalctl -u kubeos-agent says why; systemd starts it again',
    });
  } finally {
    answer.destroy();
    signal.throwIfAborted();
  }
}

async function openEvents(socket: string, signal: AbortSignal): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    const headers = { host: 'agent' };
    const asking = request({ socketPath: socket, path: '/v1/events', headers, signal });
    asking.on('error', (cause) => reject(unreachable(socket, cause)));
    asking.on('response', resolve);
    asking.end();
  });
}
