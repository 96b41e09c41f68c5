import { uptime } from 'node:os';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { readCommand } from '../command-runner.ts';
import { MessagePipe } from '../message-pipe.ts';
import { readLastWords } from './read-last-words.ts';

const question = z.strictObject({ activatedIn: z.string().max(64), current: z.string().max(64) });

/** Answers for each trial that is asked about. In a process of its own, because the daemon may run no programs of the image. */
export async function tellLastWords(socket: Duplex): Promise<void> {
  const bootedAt = Date.now() - uptime() * 1000;
  const places = { panics: '/var/lib/systemd/pstore', bootedAt };
  const pipe = new MessagePipe(socket);
  try {
    for (;;) {
      const message = await pipe.next();
      if (message === null) return;
      const trial = question.parse(message.says);
      await pipe.send(await readLastWords(trial, places, readCommand));
    }
  } finally {
    pipe.close();
  }
}
