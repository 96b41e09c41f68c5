import { open, stat } from 'node:fs/promises';
import { KubeosError } from '../../../errors.ts';
import { copySparse } from '../../../disk/copy-sparse.ts';
import { writeAll } from '../../../disk/write-at.ts';

/** Sizes in a newc header are eight hex digits (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). */
const MAX_BYTES = 0xffff_ffff;
const REGULAR_FILE = 0o100444;

export interface RootArchiveRequest {
  readonly rootImage: string;
  /** Path of the root image without a leading slash. */
  readonly name: string;
  /** Small files beside it, by path. */
  readonly beside: ReadonlyMap<string, Uint8Array>;
  /** The file to make. */
  readonly archive: string;
}

/**
 * A cpio archive (newc) with the root image. The kernel unpacks it beside the initramfs, so its bytes need no
 * compression, and zeros stay holes on disk.
 *
 * @throws KubeosError DEFINITION_INVALID when the root image is too large for the format
 */
export async function writeRootArchive(request: RootArchiveRequest): Promise<void> {
  const { rootImage, name, archive } = request;
  const { size } = await stat(rootImage);
  if (size > MAX_BYTES) {
    throw new KubeosError(
      'DEFINITION_INVALID',
      `the root image is ${size} bytes long, a machine started over the network can load ${MAX_BYTES}`,
      { hint: 'leave pxe out of outputs, or make the root file system smaller' },
    );
  }
  const small = [...request.beside].map(([path, bytes]) => cpioFile(path, bytes));
  const head = Buffer.concat([...small, cpioHeader({ name, mode: REGULAR_FILE, size })]);
  const tail = Buffer.concat([padding(head.length + size), cpioHeader(TRAILER)]);
  {
    await using handle = await open(archive, 'wx');
    await handle.truncate(head.length + size + tail.length);
    await writeAll(handle, head, 0);
    await writeAll(handle, tail, head.length + size);
  }
  await copySparse(rootImage, archive, { offset: head.length });
}

function cpioFile(name: string, bytes: Uint8Array): Buffer {
  const header = cpioHeader({ name, mode: REGULAR_FILE, size: bytes.length });
  return Buffer.concat([header, bytes, padding(bytes.length)]);
}

interface CpioEntry {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
}

const TRAILER: CpioEntry = { name: 'TRAILER!!!', mode: 0, size: 0 };

function cpioHeader({ name, mode, size }: CpioEntry): Buffer {
  const [inode, uid, gid, links, mtime] = [0, 0, 0, 1, 0];
  const devices = [0, 0, 0, 0];
  const checksum = 0;
  const fields = [inode, mode, uid, gid, links, mtime, size, ...devices, name.length + 1, checksum];
  const hex = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  const header = Buffer.from(`070701${hex}${name}\0`);
  return Buffer.concat([header, padding(header.length)]);
}

/** Header with name, and contents, each end at a multiple of four bytes. */
const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4);
