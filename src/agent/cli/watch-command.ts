import { followAgent } from '../client/follow-agent.ts';
import type { AgentEvent } from '../events/agent-event.ts';
import { describeOperation, describeResult, describeStatus } from './describe-status.ts';
import type { Invocation, Said } from './command.ts';

/** `kubeos-agent watch`: until it is stopped; with --json each event as a line, as the agent sends it. */
export async function watch({ socket, options, stdout, signal }: Invocation): Promise<Said> {
  const sayAs = options['json'] === true ? jsonOf : lineOf;
  let said = '';
  try {
    for await (const event of followAgent(socket, signal)) {
      const line = sayAs(event);
      if (line !== said) stdout(line);
      said = line;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return { text: '', document: null };
}

const jsonOf = (event: AgentEvent): string => `${JSON.stringify(event)}\n`;

function lineOf(event: AgentEvent): string {
  switch (event.event) {
    case 'status':
      return describeStatus(event.status);
    case 'operation':
      return `${describeOperation(event.operation)}\n`;
    case 'result':
      return `${describeResult(event.result)}\n`;
    case 'alive':
      return '';
    default:
      return event satisfies never;
  }
}
