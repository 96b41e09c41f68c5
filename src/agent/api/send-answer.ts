import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Answer } from './answer.ts';

/** Sends all of an answer; one that the client does not take to its end is given up. Every document names the agent. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  agentVersion: string,
): Promise<void> {
  const { status } = answer;
  if ('text' in answer) {
    response.writeHead(status, headersOf(answer.type));
    response.end(answer.text);
  } else if ('body' in answer) {
    response.writeHead(status, headersOf(typeOf(status)));
    response.end(`${JSON.stringify({ agentVersion, ...answer.body })}\n`);
  } else {
    response.writeHead(status, headersOf('application/x-ndjson'));
    response.flushHeaders();
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const lines = linesOf(answer.lines(gone.signal), agentVersion);
    await pipeline(Readable.from(lines), response).catch(() => undefined);
  }
}

const headersOf = (type: string) => ({ 'content-type': type, 'cache-control': 'no-store' });

const typeOf = (status: number): string =>
  status >= 400 ? 'application/problem+json' : 'application/json';

async function* linesOf(said: AsyncIterable<object>, agentVersion: string): AsyncGenerator<string> {
  for await (const one of said) yield `${JSON.stringify({ agentVersion, ...one })}\n`;
}
