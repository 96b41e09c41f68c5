import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { flush } from '../../../disk/flush-tree.ts';
import { isMissing } from '../../repository/is-missing.ts';
import type { Problem } from '../problem.ts';
import { TIMESTAMP_PATH, type RepositoryPath } from '../../metadata/repository-path.ts';
import type { UploadLimits } from '../serve-limits.ts';
import { receiveBody } from './receive-body.ts';
import { listOpenSessions, listStaged, PART, sessionFolder } from './staging.ts';

export interface StageRequest {
  readonly directory: string;
  readonly session: string;
  readonly file: RepositoryPath;
  /** Bytes, by the Content-Length of the request. */
  readonly length: number;
  readonly limits: UploadLimits;
  readonly chunkMs: number;
}

/** What the repository's timestamp was when a session began: its SHA-256, or `none`. */
export const BASE = 'base';

/** No metadata of a repository is larger. */
const METADATA_BYTES = 8 * 2 ** 20;

/** An upload that is under way: its bytes are not on the disk yet. */
export type InFlight = Pick<StageRequest, 'session' | 'length'>;

/** @returns why such a file is not taken, or undefined; before its body is asked for */
export async function refuseStaging(
  request: StageRequest,
  inFlight: () => readonly InFlight[],
): Promise<Problem | undefined> {
  const { directory, session, file, length, limits } = request;
  const most = file.kind === 'target' ? limits.fileBytes : METADATA_BYTES;
  if (length > most) return { status: 413, title: `No file may be larger than ${most} bytes` };
  const sessions = await listOpenSessions(directory);
  if (!sessions.includes(session) && sessions.length >= limits.sessions) {
    return { status: 503, title: 'Too many sessions are open', headers: { 'Retry-After': 60 } };
  }
  const staged = await listStaged(sessionFolder(directory, session));
  const { bavail, bsize } = await statfs(directory);
  // Nothing is awaited from here on: two uploads do not take the same space.
  const running = inFlight();
  const others = staged.filter(({ path }) => path !== file.path);
  const sizes = [
    length,
    ...others.map(({ sizeBytes }) => sizeBytes),
    ...running.filter((other) => other.session === session).map((other) => other.length),
  ];
  if (sum(sizes) > limits.sessionBytes || sizes.length > limits.sessionFiles) {
    return { status: 413, title: 'The session would grow over its limit' };
  }
  const promised = sum(running.map((other) => other.length));
  if (bavail * bsize - length - promised < limits.freeBytes) {
    return { status: 507, title: 'The disk has no space for it', code: 'NO_SPACE' };
  }
  return undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, next) => total + next, 0);
}

/**
 * Puts a file into a session, whole or not at all: written beside, flushed, renamed.
 *
 * @returns what is wrong with it, or undefined
 */
export async function stageFile(
  request: IncomingMessage,
  staging: StageRequest,
): Promise<Problem | undefined> {
  const { directory, session, file, chunkMs } = staging;
  const folder = sessionFolder(directory, session);
  const place = path.join(folder, file.path);
  await mkdir(path.dirname(place), { recursive: true });
  await noteBase(directory, folder);
  const part = path.join(folder, `${PART}${randomUUID()}`);
  try {
    await using handle = await open(part, 'wx');
    const { sizeBytes, sha256 } = await receiveBody(request, handle, chunkMs);
    if (sizeBytes !== staging.length) return { status: 400, title: 'The body was cut short' };
    if (file.kind === 'target' && file.sha256 !== sha256) {
      return {
        status: 422,
        title: `The SHA-256 of the body is ${sha256}`,
        code: 'RELEASE_INVALID',
      };
    }
    await rename(part, place);
  } finally {
    await rm(part, { force: true });
  }
  await flush(path.dirname(place));
  return undefined;
}

/** Once per session; two first uploads at a time note the same. */
async function noteBase(directory: string, folder: string): Promise<void> {
  const base = path.join(folder, BASE);
  const part = `${base}-${randomUUID()}`;
  try {
    await readFile(base);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await writeFile(part, await timestampDigest(directory), { flush: true });
    await rename(part, base);
  }
}

/** SHA-256 of the timestamp that the repository has now, or `none`. */
export async function timestampDigest(directory: string): Promise<string> {
  try {
    const bytes = await readFile(path.join(directory, TIMESTAMP_PATH));
    return createHash('sha256').update(bytes).digest('hex');
  } catch (error) {
    if (isMissing(error)) return 'none';
    throw error;
  }
}
