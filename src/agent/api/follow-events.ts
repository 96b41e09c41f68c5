import type { Agent } from '../agent.ts';
import type { AgentEvent } from '../events/agent-event.ts';

/** The status as it is now, what goes on, and from then on what happens. */
export async function* followEvents(
  agent: Agent,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent & { readonly time: string }> {
  // Read before the status is asked for: nothing is missed between the two.
  const events = agent.events.read(signal);
  yield { time: now(), event: 'status', status: await agent.status() };
  for await (const event of events) yield { time: now(), ...event };
}

const now = (): string => new Date().toISOString();
