import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { SourceError, type RangeRequest, type SmallFileRequest, type Source } from './source.ts';
import type { Throttle } from './throttle.ts';
import type { TransferBudget } from './transfer-budget.ts';

const CHUNK_BYTES = 2 ** 18;

export interface FileSourceOptions {
  readonly budget: TransferBudget;
  readonly throttle: Throttle;
}

/** A repository in a directory: on a USB stick, or mounted. Its bytes are believed no more than a server's. */
export function fileSource(directory: string, options: FileSourceOptions): Source {
  return {
    address: directory,
    mirrors: 1,
    read: (name, request) => readRange(path.join(directory, name), request, options),
    readSmall: async (name, request) =>
      await readSmall(path.join(directory, name), request, options),
    distrust: () => {},
    close: () => {},
  };
}

async function* readRange(
  file: string,
  { start, end, fileBytes, signal }: RangeRequest,
  { budget, throttle }: FileSourceOptions,
): AsyncGenerator<Buffer> {
  budget.expect(end - start);
  await using handle = await openRegular(file);
  const { size } = await handle.stat();
  if (size !== fileBytes) {
    throw new SourceError('broken', `${file} has ${size} bytes, expected ${fileBytes}`);
  }
  const memory = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, end - start));
  for (let position = start; position < end;) {
    signal.throwIfAborted();
    const chunk = await readChunk(handle, memory.subarray(0, end - position), { file, position });
    position += chunk.length;
    budget.add(chunk.length);
    await throttle(chunk.length, signal);
    yield chunk;
  }
}

async function readChunk(
  handle: FileHandle,
  chunk: Buffer,
  { file, position }: { readonly file: string; readonly position: number },
): Promise<Buffer> {
  const { bytesRead } = await orBroken(file, handle.read(chunk, 0, chunk.length, position));
  if (bytesRead === 0) throw new SourceError('broken', `${file} was cut short while it was read`);
  return chunk.subarray(0, bytesRead);
}

async function readSmall(
  file: string,
  { maxBytes }: SmallFileRequest,
  { budget }: FileSourceOptions,
): Promise<Buffer | null> {
  await using handle = await openIfThere(file);
  if (handle === null) return null;
  const { size } = await handle.stat();
  if (size > maxBytes) {
    throw new SourceError('broken', `${file} has ${size} bytes, more than ${maxBytes}`);
  }
  budget.expect(size);
  const bytes = await readAll(handle, file, size);
  budget.add(bytes.length);
  return bytes;
}

async function readAll(handle: FileHandle, file: string, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  for (let position = 0; position < size;) {
    const { length } = await readChunk(handle, bytes.subarray(position), { file, position });
    position += length;
  }
  return bytes;
}

async function openIfThere(file: string): Promise<FileHandle | null> {
  try {
    return await openRegular(file);
  } catch (error) {
    if (error instanceof SourceError && error.failure === 'missing') return null;
    throw error;
  }
}

/** Never a pipe or device that a stranger put on the stick: opening one could hang (open(2), O_NONBLOCK). */
async function openRegular(file: string): Promise<FileHandle> {
  const handle = await orBroken(file, open(file, constants.O_RDONLY | constants.O_NONBLOCK));
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new SourceError('refused', `${file} is not a regular file`);
}

const MISSING = new Set<unknown>(['ENOENT', 'ENOTDIR']);

async function orBroken<T>(file: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const failure = MISSING.has(code) ? 'missing' : 'broken';
    throw new SourceError(failure, `${file} cannot be read: ${String(code)}`, { cause });
  }
}
