import { KubeosError } from '../../errors.ts';

export interface CpioMember {
  readonly path: string;
  /** As stat(2) gives it: type and permissions. */
  readonly mode: number;
  readonly inode: number;
  /** Seconds. */
  readonly modified: number;
  /** A symbolic link's content is its target. */
  readonly content: Uint8Array;
}

const HEADER_BYTES = 110;

/**
 * The members of one or more "newc" archives appended to each other, as the kernel reads an initramfs.
 *
 * @throws KubeosError BUILD_CHECK_FAILED naming the offset where the archive makes no sense
 */
export function readCpio(bytes: Uint8Array): CpioMember[] {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members: CpioMember[] = [];
  for (let offset = 0; offset < archive.length;) {
    if (archive[offset] === 0) {
      offset += 1; // padding between archives
      continue;
    }
    const { member, next } = readMember(archive, offset);
    if (member.path !== 'TRAILER!!!') members.push(member);
    offset = next;
  }
  return members;
}

function readMember(archive: Buffer, offset: number): { member: CpioMember; next: number } {
  const magic = archive.toString('latin1', offset, offset + 6);
  if (magic !== '070701' || offset + HEADER_BYTES > archive.length) {
    throw new KubeosError('BUILD_CHECK_FAILED', `no cpio header at byte ${offset}: "${magic}"`);
  }
  const field = (index: number): number => {
    const start = offset + 6 + index * 8;
    return Number.parseInt(archive.toString('latin1', start, start + 8), 16);
  };
  const nameLength = field(11);
  const nameStart = offset + HEADER_BYTES;
  const contentStart = align(nameStart + nameLength);
  const contentEnd = contentStart + field(6);
  const member = {
    path: archive.toString('utf8', nameStart, nameStart + nameLength - 1),
    mode: field(1),
    inode: field(0),
    modified: field(5),
    content: archive.subarray(contentStart, contentEnd),
  };
  return { member, next: align(contentEnd) };
}

const align = (offset: number): number => Math.ceil(offset / 4) * 4;
