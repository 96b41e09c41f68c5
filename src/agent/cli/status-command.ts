import { askStatus } from '../client/ask-agent.ts';
import type { Invocation, Said } from './command.ts';
import { describeStatus } from './describe-status.ts';

/** `kubeos-agent status` */
export async function showStatus({ socket }: Invocation): Promise<Said> {
  return { text: describeStatus(await askStatus(socket)) };
}
