import type { Duplex } from 'node:stream';
import { KubeosError } from '../../errors.ts';
import { MessagePipe } from '../message-pipe.ts';
import { lastWordsSchema, type LastWords } from './last-words.ts';
import type { TrialPlace } from './trial-boots.ts';

/** Four programs are started for it, each of which may take half a minute. */
const TIMEOUT_MS = 150_000;

/**
 * Asks the process that may read the journal.
 *
 * @throws KubeosError INTERNAL when it does not answer
 */
export async function askLastWords(socket: Duplex, trial: TrialPlace): Promise<LastWords> {
  const pipe = new MessagePipe(socket);
  const timer = setTimeout(() => pipe.close(), TIMEOUT_MS);
  try {
    await pipe.send(trial);
    const message = await pipe.next();
    if (message === null) throw new KubeosError('INTERNAL', 'the journal was not read in time');
    return lastWordsSchema.parse(message.says);
  } finally {
    clearTimeout(timer);
    pipe.close();
  }
}
