import type { Duplex } from 'node:stream';
import { readCommand } from '../command-runner.ts';
import { MessagePipe } from '../message-pipe.ts';
import { CHECK_PLACES, lookAround } from './node-checks.ts';

/** Looks once for each message. In a process of its own, because the daemon may run no programs of the image. */
export async function checkForAgent(socket: Duplex): Promise<void> {
  const pipe = new MessagePipe(socket);
  try {
    while ((await pipe.next()) !== null) {
      await pipe.send(await lookAround(CHECK_PLACES, readCommand));
    }
  } finally {
    pipe.close();
  }
}
