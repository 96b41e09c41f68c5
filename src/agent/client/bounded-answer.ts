import type { IncomingMessage } from 'node:http';
import { KubeosError } from '../../errors.ts';

/** More than an agent says at once: what answers may be none, and would fill the memory of whoever asked. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

/** The whole of an answer. @throws KubeosError HOST_NOT_READY as soon as it is too long for one */
export async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of chunksOf(answer)) {
    text += chunk;
    if (text.length > MOST_CHARACTERS) throw notAnAgent();
  }
  return text;
}

/** Its lines, each when it is there whole. @throws KubeosError HOST_NOT_READY as soon as one is too long for an agent's */
export async function* linesOf(answer: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunksOf(answer)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MOST_CHARACTERS) throw notAnAgent();
    yield* lines;
  }
}

const chunksOf = (answer: IncomingMessage): AsyncIterable<string> => answer.setEncoding('utf8');

/** @throws KubeosError HOST_NOT_READY for what is no JSON */
export function documentIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notAnAgent();
  }
}

/** Without a cause: it is no agent that is gone for a while. */
export const notAnAgent = (): KubeosError =>
  new KubeosError('HOST_NOT_READY', 'what answers there says nothing that an agent says', {
    hint: 'look at the node itself: its agent is another program, or of a version that this one does not know',
  });
