import { setTimeout as wait } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem, writeProblem, type Problem } from '../problem.ts';

/** So much of a body that nobody wants is read, and for so long. */
const LINGER_BYTES = 2 ** 20;
const LINGER_MS = 2_000;

/**
 * Refuses a request whose body may be on its way. To close at once would reset the connection, and the client would
 * never see why (RFC 9112 section 9.6): the answer goes out first, then a little of the body is read and dropped.
 */
export async function refuseUpload(
  request: IncomingMessage,
  response: ServerResponse,
  problem: Problem,
): Promise<void> {
  const { headers } = request;
  const isWhole =
    headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
  if (isWhole) {
    sendProblem(response, problem);
    return;
  }
  writeProblem(response, { ...problem, headers: { ...problem.headers, Connection: 'close' } });
  // Who expects 100 (Continue) sends no body before it comes.
  if (headers.expect === undefined) await linger(request);
  response.end();
}

async function linger(request: IncomingMessage): Promise<void> {
  let left = LINGER_BYTES;
  const enough = new AbortController();
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) enough.abort();
  });
  for (const event of ['end', 'close', 'error']) request.once(event, () => enough.abort());
  await wait(LINGER_MS, undefined, { signal: enough.signal }).catch(() => undefined);
  request.pause();
}
