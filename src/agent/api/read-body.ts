import type { IncomingMessage } from 'node:http';
import { KubeosError } from '../../errors.ts';

/** Nothing longer is read. */
export const MAX_BODY_BYTES = 64 * 1024;

/** All of it, as text. @throws KubeosError USAGE */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > MAX_BODY_BYTES)
      throw new KubeosError('USAGE', `the body is longer than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined for no body. @throws KubeosError USAGE */
export function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubeosError('USAGE', 'the body is no JSON', { cause });
  }
}
