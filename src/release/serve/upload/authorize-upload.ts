import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { KubeosError } from '../../../errors.ts';
import { certificateName } from '../client-certificate.ts';
import type { Problem } from '../problem.ts';

/** Who may stage files. Signatures decide what becomes visible of them. */
export interface UploadRights {
  /** A file with the token; it is read anew for each upload, so that a new token needs no restart. */
  readonly tokenFile: string | null;
  /** Common names of client certificates. */
  readonly certificateNames: readonly string[];
}

const UNKNOWN: Problem = {
  status: 401,
  title: 'Uploading needs the token, or a client certificate that may',
  headers: { 'WWW-Authenticate': 'Bearer realm="kubeos upload"' },
};

/** @returns what is wrong, or undefined where the client may upload */
export async function authorizeUpload(
  request: IncomingMessage,
  { tokenFile, certificateNames }: UploadRights,
): Promise<Problem | undefined> {
  const name = certificateName(request.socket);
  if (name !== null && certificateNames.includes(name)) return undefined;
  const [, given] = /^Bearer ([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (given === undefined || tokenFile === null) return UNKNOWN;
  return isSame(given, await readToken(tokenFile)) ? undefined : UNKNOWN;
}

/** @throws KubeosError USAGE for a file that holds no token worth its name */
export async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw noToken(`${file} cannot be read`, cause);
  });
  const token = text.trim();
  if (/^[\w.~+/=-]{32,1024}$/.test(token)) return token;
  throw noToken(`${file} holds no token`);
}

function noToken(why: string, cause?: unknown): KubeosError {
  return new KubeosError('USAGE', why, {
    cause,
    hint: 'make a token of at least 32 characters in it: openssl rand -hex 32',
  });
}

/** In constant time: digests have one length, whatever was given. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
