import type { SFTPWrapper } from 'ssh2';
import { KubeosError } from '../../errors.ts';
import { act, ask, withHandle } from './sftp-calls.ts';

/** What is under way at once: a connection with latency needs it to be full. A server takes 32 KiB at least (draft 02, 3). */
const IN_FLIGHT = 32;
const CHUNK = 2 ** 15;

/** Reads a file of that size in order, with requests ahead. */
export async function* readRemote(
  sftp: SFTPWrapper,
  file: string,
  size: number,
): AsyncGenerator<Uint8Array> {
  const handle = await ask<Buffer>(sftp, (done) => sftp.open(file, 'r', done));
  const ahead: Promise<Uint8Array>[] = [];
  try {
    for (let asked = 0, read = 0; read < size;) {
      for (; asked < size && ahead.length < IN_FLIGHT; asked += CHUNK) {
        const part = readPart(sftp, handle, {
          position: asked,
          size: Math.min(CHUNK, size - asked),
        });
        part.catch(() => undefined); // told when its turn comes
        ahead.push(part);
      }
      const chunk = await ahead.shift();
      if (chunk === undefined) return;
      read += chunk.length;
      yield chunk;
    }
  } finally {
    await Promise.allSettled(ahead);
    await act(sftp, (done) => sftp.close(handle, done)).catch(() => undefined);
  }
}

interface Part {
  readonly position: number;
  /** Bytes. */
  readonly size: number;
}

/** A server may answer with less than was asked for. */
async function readPart(sftp: SFTPWrapper, handle: Buffer, part: Part): Promise<Uint8Array> {
  const buffer = Buffer.alloc(part.size);
  for (let done = 0; done < part.size;) {
    const at = done;
    const count = await ask<number>(sftp, (tell) => {
      sftp.read(handle, buffer, at, part.size - at, part.position + at, tell);
    });
    if (count === 0) throw new KubeosError('NETWORK', 'a file was cut short while it was read');
    done += count;
  }
  return buffer;
}

/** Makes a new file, flushed where the server can (fsync@openssh.com). */
export async function writeRemote(
  sftp: SFTPWrapper,
  file: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  await withHandle(sftp, { file, flags: 'wx' }, async (handle) => {
    const ahead: Promise<void>[] = [];
    let position = 0;
    for await (const chunk of chunks) {
      // The chunk is overwritten soon, and the writes are under way then.
      const bytes = Buffer.from(chunk);
      for (let start = 0; start < bytes.length; start += CHUNK) {
        const size = Math.min(CHUNK, bytes.length - start);
        const at = position + start;
        const part = act(sftp, (done) => sftp.write(handle, bytes, start, size, at, done));
        part.catch(() => undefined); // told when its turn comes
        ahead.push(part);
        if (ahead.length >= IN_FLIGHT) await ahead.shift();
      }
      position += bytes.length;
    }
    await Promise.all(ahead);
    await flushRemote(sftp, handle);
  });
}

async function flushRemote(sftp: SFTPWrapper, handle: Buffer): Promise<void> {
  try {
    await ask<unknown>(sftp, (done) => sftp.ext_openssh_fsync(handle, done));
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

/** ssh2 throws, without a code, before it sends what the server did not announce; others answer SSH_FX_OP_UNSUPPORTED. */
export function isUnsupported(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    ('code' in error && error.code === 8) || /does not support this extended/.test(error.message)
  );
}
