import { open, stat } from 'node:fs/promises';
import { KubeosError } from '../../../errors.ts';
import { copySparse } from '../../../disk/copy-sparse.ts';
import { writeAll } from '../../../disk/write-at.ts';

/** Sizes in a newc header are eight hex digits (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). */
const MAX_BYTES = 0xffff_ffff;
const REGULAR_FILE = 0o100444;

/**
 * A cpio archive (newc) with one file. The kernel unpacks it beside the initramfs, so its bytes need no
 * compression, and zeros stay holes on disk.
 *
 * @param name path without a leading slash
 * @throws KubeosError DEFINITION_INVALID when the file is too large for the format
 */
export async function writeRootArchive(
  source: string,
  name: string,
  archive: string,
): Promise<void> {
  const { size } = await stat(source);
  if (size > MAX_BYTES) {
    throw new KubeosError(
      'DEFINITION_INVALID',
      `the root image is ${size} bytes long, a machine started over the network can load ${MAX_BYTES}`,
      { hint: 'leave pxe out of outputs, or make the root file system smaller' },
    );
  }
  const head = cpioHeader({ name, mode: REGULAR_FILE, size });
  const tail = Buffer.concat([padding(head.length + size), cpioHeader(TRAILER)]);
  {
    await using handle = await open(archive, 'wx');
    await handle.truncate(head.length + size + tail.length);
    await writeAll(handle, head, 0);
    await writeAll(handle, tail, head.length + size);
  }
  await copySparse(source, archive, { offset: head.length });
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
