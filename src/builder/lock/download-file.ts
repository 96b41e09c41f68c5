import { createHash, randomUUID } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { KubeosError } from '../../errors.ts';

/** Without a byte more than was there before. */
const ATTEMPTS = 4;
const PAUSE_MS = 250;

export interface Download {
  readonly url: string;
  readonly file: string;
  /** Where it is put together, on the file system of `file`; what is left of it is the owner's to remove. */
  readonly scratch: string;
  readonly sha256: string;
  /** In bytes; what a server sends beyond it is not read. */
  readonly size: number;
  readonly subject: string;
  readonly signal: AbortSignal;
}

/** What has been written so far; an attempt that breaks off leaves it, and the next goes on from there. */
interface Received {
  readonly handle: FileHandle;
  hash: Hash;
  bytes: number;
}

/**
 * Downloads to a name of its own and renames it only when size and SHA-256 are right. A
 * connection that breaks is taken up again by Range. False when the server does not have it.
 * @throws KubeosError NETWORK, LOCK_MISMATCH, CANCELLED
 */
export async function downloadFile(download: Download): Promise<boolean> {
  const temporary = path.join(download.scratch, randomUUID());
  const handle = await open(temporary, 'ax');
  try {
    const isFound = await receive(download, { handle, hash: createHash('sha256'), bytes: 0 });
    if (isFound) await rename(temporary, download.file);
    return isFound;
  } catch (error) {
    throw explain(error, download);
  } finally {
    await handle.close();
    await rm(temporary, { force: true });
  }
}

async function receive(download: Download, received: Received): Promise<boolean> {
  let [failures, most] = [0, 0];
  while (received.bytes < download.size) {
    try {
      if (!(await receiveMore(download, received))) return false;
    } catch (error) {
      failures = received.bytes > most ? 1 : failures + 1;
      most = Math.max(most, received.bytes);
      if (failures >= ATTEMPTS || download.signal.aborted || error instanceof KubeosError) {
        throw error;
      }
      await setTimeout(failures * PAUSE_MS, undefined, { signal: download.signal });
    }
  }
  const sha256 = received.hash.digest('hex');
  if (sha256 === download.sha256) return true;
  throw otherBytes(download, `SHA-256 ${sha256}, expected ${download.sha256}`);
}

async function receiveMore(download: Download, received: Received): Promise<boolean> {
  const { url, signal, size } = download;
  const headers = received.bytes === 0 ? {} : { Range: `bytes=${String(received.bytes)}-` };
  const response = await fetch(url, { headers, signal });
  if (response.status === 404 || response.status === 410) return false;
  if (!response.ok || response.body === null) {
    throw new Error(`the server answered ${String(response.status)} ${response.statusText}`);
  }
  // RFC 9110 section 14.2: a server may ignore Range, and then sends everything.
  if (response.status !== 206) await startAgain(received);
  const body: AsyncIterable<Uint8Array> = response.body;
  for await (const chunk of body) {
    if (received.bytes + chunk.length > size) {
      throw otherBytes(download, `more than the ${String(size)} bytes expected`);
    }
    received.hash.update(chunk);
    await received.handle.appendFile(chunk);
    received.bytes += chunk.length;
  }
  if (received.bytes < size) throw new Error('the connection broke off');
  return true;
}

async function startAgain(received: Received): Promise<void> {
  await received.handle.truncate(0);
  received.hash = createHash('sha256');
  received.bytes = 0;
}

function otherBytes(download: Download, found: string): KubeosError {
  const message = `${download.url} is not the locked ${download.subject}: ${found}`;
  return new KubeosError('LOCK_MISMATCH', message, {
    hint: 'a proxy or mirror gives out something else; nothing of it was used',
  });
}

function explain(error: unknown, download: Download): unknown {
  if (error instanceof KubeosError) return error;
  if (download.signal.aborted) {
    return new KubeosError('CANCELLED', `stopped fetching ${download.subject}`, { cause: error });
  }
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    return new KubeosError('NO_SPACE', `no space for ${download.file}`, {
      cause: error,
      hint: 'free some space on that file system, or name another place with --cache-directory',
    });
  }
  const reason =
    error instanceof Error ? (innermost(error)?.message ?? error.message) : String(error);
  return new KubeosError('NETWORK', `cannot fetch ${download.url}: ${reason}`, {
    cause: error,
    hint: 'check the network and base.sources; what was fetched already is kept',
  });
}

/** fetch says only "fetch failed"; the reason is its cause. */
function innermost(error: Error): Error | undefined {
  return error.cause instanceof Error ? (innermost(error.cause) ?? error.cause) : undefined;
}
