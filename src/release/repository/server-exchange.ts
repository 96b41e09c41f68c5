import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { KubeosError, type ErrorCode } from '../../errors.ts';
import type { HttpAgents } from '../fetch/http-agents.ts';
import { shownReason } from '../fetch/shown-url.ts';
import type { Content } from './repository-store.ts';

/** No byte for so long ends an exchange; a commit reads and checks what was staged first. */
const IDLE_MS = 120_000;
const MAX_PROBLEM_BYTES = 2 ** 14;

export interface ServerRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Content;
}

/**
 * One request to `kubeos serve`. Redirects are not followed: the token is for this server alone.
 *
 * @throws KubeosError NETWORK
 */
export async function exchange(
  { method, url, headers, body }: ServerRequest,
  agents: HttpAgents,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const length = method === 'GET' || method === 'HEAD' ? {} : { 'Content-Length': body?.size ?? 0 };
  const request = send(url, {
    method,
    agent: agents.agentFor(url),
    headers: { ...headers, ...length },
    timeout: IDLE_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  request.on('timeout', () => {
    request.destroy(new Error(`no answer for ${IDLE_MS / 1000} s`));
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.once('response', resolve);
  request.on('error', reject);
  // A server may refuse before it has read everything: its answer counts, not that the rest could not be sent.
  if (body === undefined) request.end();
  else pipeline(body.open(), request).catch(reject);
  try {
    return await promise;
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(url, cause);
  }
}

function unreachable(url: URL, cause: unknown): KubeosError {
  if (cause instanceof KubeosError) return cause;
  const why = shownReason(cause instanceof Error ? cause.message : String(cause));
  return new KubeosError('NETWORK', `${url.origin} cannot be reached: ${why}`, {
    cause,
    hint: 'run the same command again: it goes on, or finds that all of it is there',
  });
}

/** The end of an answer that is of no interest. */
export function discard(response: IncomingMessage): void {
  response.resume();
}

/** What a server says is wrong (RFC 9457), as an error of ours. */
export async function refusalOf(place: string, response: IncomingMessage): Promise<KubeosError> {
  const { statusCode = 0 } = response;
  const { title, code: told } = await problemOf(response);
  const said = title === null ? `answers with status ${statusCode}` : `says: ${title}`;
  const code = told ?? CODES.get(statusCode) ?? 'NETWORK';
  const hint = code === 'UNTRUSTED' ? untrustedHint(title) : HINTS.get(statusCode);
  return new KubeosError(code, `${place} ${said}`, hint === undefined ? {} : { hint });
}

const CODES = new Map<number, ErrorCode>([
  [401, 'USAGE'],
  [403, 'USAGE'],
  [404, 'USAGE'],
  [405, 'USAGE'],
  [409, 'USAGE'],
  [412, 'USAGE'],
  [413, 'NO_SPACE'],
  [422, 'UNTRUSTED'],
  [503, 'TIMED_OUT'],
  [507, 'NO_SPACE'],
]);

const HINTS = new Map([
  [401, 'give the token of the server, or a client certificate that may upload'],
  [404, 'the server takes no uploads: `kubeos serve` needs --upload-token'],
  [409, 'nothing of this change is visible; run the same command again'],
  [412, 'nothing of this change is visible; run the same command again'],
  [413, 'raise the limits of `kubeos serve`'],
  [422, 'run the same command again'],
  [503, 'wait a little, and run the same command again'],
  [507, 'free some space on the server, by `kubeos repository gc` there perhaps'],
]);

const untrustedHint = (title: string | null): string =>
  title?.includes(' ended at ') === true
    ? '`kubeos repository refresh --targets`, with the keys of what has ended'
    : 'the server trusts another root than the one that signed this';

/** What one and the same status may mean is told by its code. */
const problemSchema = z.object({
  title: z
    .string()
    .transform((text) => text.slice(0, 400))
    .nullable()
    .catch(null),
  code: z.enum(['UNTRUSTED', 'RELEASE_INVALID']).nullable().catch(null),
});

async function problemOf(response: IncomingMessage): Promise<z.infer<typeof problemSchema>> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      parts.push(chunk);
      size += chunk.length;
      if (size > MAX_PROBLEM_BYTES) break;
    }
    return problemSchema.parse(JSON.parse(Buffer.concat(parts).toString()));
  } catch {
    return { title: null, code: null };
  }
}
