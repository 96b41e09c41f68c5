import { constants, type Stats } from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { KubeosError } from '../errors.ts';
import { writeAll } from './write-at.ts';

/** A file or block device, read and written by position (bytes). Its size never changes. */
export interface PositionalFile {
  /** For people. */
  readonly address: string;
  readonly size: number;
  /** Fills all of `into`, or throws. */
  read(into: Uint8Array, position: number): Promise<void>;
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** What was written is on the disk when it returns (fdatasync(2)). */
  flush(): Promise<void>;
}

export type OpenedFile = PositionalFile & AsyncDisposable;

export interface OpenOptions {
  readonly isWritable?: boolean;
  /** Refuses a block device that is mounted or held by another (open(2), O_EXCL without O_CREAT). */
  readonly isExclusive?: boolean;
}

/** Opens what is there; creates nothing. @throws KubeosError HOST_NOT_READY when it is in use */
export async function openPositional(
  file: string,
  { isWritable = false, isExclusive = false }: OpenOptions = {},
): Promise<OpenedFile> {
  const handle = await openHandle(
    file,
    (isWritable ? constants.O_RDWR : constants.O_RDONLY) | (isExclusive ? constants.O_EXCL : 0),
  );
  const size = await bytesIn(await handle.stat());
  return {
    address: file,
    size,
    read: async (into, position) => await readAll(handle, into, position),
    write: async (bytes, position) => await writeAll(handle, bytes, position),
    flush: async () => await handle.datasync(),
    [Symbol.asyncDispose]: async () => await handle.close(),
  };
}

async function openHandle(file: string, flags: number): Promise<FileHandle> {
  try {
    return await open(file, flags);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EBUSY')) throw cause;
    const message = `${file} is in use: it is mounted, or part of another device`;
    throw new KubeosError('HOST_NOT_READY', message, { cause, hint: 'unmount it first' });
  }
}

async function readAll(handle: FileHandle, into: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw tooShort(position + done);
    done += bytesRead;
  }
}

function tooShort(position: number): KubeosError {
  return new KubeosError('RELEASE_INVALID', `nothing is left to read at byte ${position}`);
}

/** Bytes of a file or of a block device, by what stat(2) told of it. */
export async function bytesIn(stat: Stats): Promise<number> {
  return stat.isBlockDevice() ? await blockDeviceBytes(stat.rdev) : stat.size;
}

/** stat(2) tells no size of a block device; sysfs counts in 512 bytes whatever its sectors are. */
export async function blockDeviceBytes(rdev: number): Promise<number> {
  // makedev(3): 12 bits of the major number, 20 of the minor.
  const major = (rdev >>> 8) & 0xfff;
  const minor = (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);
  return Number(await readFile(`/sys/dev/block/${major}:${minor}/size`, 'utf8')) * 512;
}

/** Part of a file, as a file. What lies outside it can be neither read nor written. */
export function partOf(file: PositionalFile, offset: number, size: number): PositionalFile {
  const inside = (length: number, position: number): number => {
    if (position >= 0 && position + length <= size) return offset + position;
    throw tooShort(size);
  };
  return {
    address: file.address,
    size,
    read: async (into, position) => await file.read(into, inside(into.length, position)),
    write: async (bytes, position) => await file.write(bytes, inside(bytes.length, position)),
    flush: async () => await file.flush(),
  };
}
