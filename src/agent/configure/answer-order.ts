import type { Duplex } from 'node:stream';
import { MessagePipe } from '../message-pipe.ts';
import { outcomeOf, type ConfigurationParts } from './run-configuration.ts';
import { configureOrderSchema } from './settings.ts';

/** The other end of `askConfiguration`: one order for one connection. */
export async function answerOrder(socket: Duplex, parts: ConfigurationParts): Promise<void> {
  const pipe = new MessagePipe(socket);
  try {
    const message = await pipe.next();
    if (message === null) return;
    const order = configureOrderSchema.parse(message.says);
    await pipe.send(await outcomeOf(order, parts));
  } finally {
    pipe.close();
  }
}
