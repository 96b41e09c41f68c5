import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { flush } from '../../disk/flush-tree.ts';
import { blockDeviceBytes } from '../../disk/positional-file.ts';
import { writeAll } from '../../disk/write-at.ts';
import { KubeosError } from '../../errors.ts';
import { positionalReader } from '../pack/positional-reader.ts';
import type { Target } from './target.ts';

export type OpenedTarget = Target & AsyncDisposable;

/**
 * A file, made where there is none and brought to the image's size, or a block device, which must be large enough and
 * in use by nobody. What is in it already is kept: a fetch that was interrupted goes on with it.
 *
 * @throws KubeosError NO_SPACE, HOST_NOT_READY
 */
export async function openTarget(file: string, imageBytes: number): Promise<OpenedTarget> {
  await using stack = new AsyncDisposableStack();
  const handle = stack.use(await openExclusively(file));
  const stat = await handle.stat();
  if (!stat.isFile() && !stat.isBlockDevice())
    throw unfit(`${file} is no file and no block device`);
  const size = stat.isFile() ? imageBytes : await blockDeviceBytes(stat.rdev);
  if (size < imageBytes) {
    throw new KubeosError('NO_SPACE', `${file} has ${size} bytes, the image has ${imageBytes}`);
  }
  if (stat.isFile() && stat.size !== imageBytes) await inWords(file, handle.truncate(imageBytes));
  const held = stack.move();
  return {
    address: file,
    size,
    isBlank: stat.isFile() && stat.size === 0,
    read: positionalReader(handle),
    write: async (bytes, position) => await inWords(file, writeAll(handle, bytes, position)),
    flush: async () => await inWords(file, handle.datasync()),
    [Symbol.asyncDispose]: async () => await held[Symbol.asyncDispose](),
  };
}

/** O_EXCL without O_CREAT: a block device that is mounted, or held by device mapper, is not opened (open(2)). */
async function openExclusively(file: string): Promise<FileHandle> {
  const { O_RDWR, O_CREAT, O_EXCL } = constants;
  try {
    return await open(file, O_RDWR | O_EXCL);
  } catch (error) {
    if (codeOf(error) === 'EBUSY')
      throw unfit(`${file} is in use: it is mounted, or part of another device`);
    if (codeOf(error) !== 'ENOENT') return await inWords(file, Promise.reject(error));
    const made = await inWords(file, open(file, O_RDWR | O_CREAT | O_EXCL, 0o644));
    await flush(path.dirname(file));
    return made;
  }
}

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** What to do about these is the same everywhere: the command line says it. */
const NOT_ALLOWED = new Set(['EACCES', 'EPERM', 'EROFS']);

async function inWords<T>(file: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const code = codeOf(cause);
    if (code === undefined || NOT_ALLOWED.has(code)) throw cause;
    if (!NO_SPACE.has(code)) throw unfit(`${file} cannot be written: ${code}`, cause);
    throw new KubeosError('NO_SPACE', `${file}: no space for the image`, {
      cause,
      hint: 'free some space and run it again: what is already right is kept',
    });
  }
}

/** Of an error of the system. */
function codeOf(error: unknown): string | undefined {
  const isOfSystem = error instanceof Error && 'syscall' in error && 'code' in error;
  return isOfSystem ? String(error.code) : undefined;
}

function unfit(message: string, cause?: unknown): KubeosError {
  return new KubeosError('HOST_NOT_READY', message, {
    cause,
    hint: 'give the file to write, or the partition of the standby slot',
  });
}
