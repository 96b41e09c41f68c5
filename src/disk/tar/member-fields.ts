import type { ByteString } from './byte-string.ts';
import { wholeNumber } from './pax-records.ts';
import type { Extensions } from './extensions.ts';
import { BLOCK_BYTES, type TarHeader } from './tar-header.ts';

export interface TarMetadata {
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970 as pax writes them, perhaps with a fraction or a sign. */
  readonly mtime: string;
  /** pax records of extended attributes and ACLs, by their whole keyword. */
  readonly extended: ReadonlyMap<ByteString, ByteString>;
}

/** A header with what stood before it; all functions here throw RangeError for what no member may have. */
export interface DescribedMember {
  readonly header: TarHeader;
  readonly extensions: Extensions;
}

/** Members that have content, or could: files, of the old and the contiguous kind too, and GNU's sparse ones. */
export const holdsContent = ({ header }: DescribedMember): boolean =>
  '\x0007S'.includes(header.typeFlag);

export function padded(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Bytes of content in the archive, where it has some. */
export function storedSize({ header, extensions }: DescribedMember): number {
  const size = wholeNumber(extensions.pax, 'size') ?? header.size;
  if (size < 0) throw new RangeError('a size is negative');
  return size;
}

/** GNU names go before pax ones, and empty pax values leave the header's (archive/tar, Reader.next). */
export function memberName({ header, extensions }: DescribedMember): ByteString {
  return checkedText(extensions.longName ?? (extensions.pax.get('path') || header.name));
}

/** Of a link. */
export function memberTarget({ header, extensions }: DescribedMember): ByteString {
  const target = extensions.longLink ?? (extensions.pax.get('linkpath') || header.linkName);
  if (target === '') throw new RangeError('a link has no target');
  return checkedText(target);
}

export function checkedText(text: ByteString): ByteString {
  if (text.includes('\0')) throw new RangeError('a name holds a NUL byte');
  return text;
}

const EXTENDED_KEYWORD = /^(?:SCHILY\.xattr\.|SCHILY\.acl\.|RHT\.security\.selinux$)/;

export function memberMetadata({ header, extensions: { pax } }: DescribedMember): TarMetadata {
  const mtime = pax.get('mtime') || String(header.mtime);
  if (!/^-?\d{1,12}(?:\.\d*)?$/.test(mtime)) throw new RangeError(`${mtime} is not a time`);
  const uid = wholeNumber(pax, 'uid') ?? header.uid;
  const gid = wholeNumber(pax, 'gid') ?? header.gid;
  return {
    mode: header.mode & 0o7777,
    uid: checkedOwner(uid),
    gid: checkedOwner(gid),
    mtime,
    extended: new Map([...pax].filter(([keyword]) => EXTENDED_KEYWORD.test(keyword))),
  };
}

/** Linux has 32-bit ids, and the last one means "none" (chown(2)). */
function checkedOwner(id: number): number {
  if (id < 0 || id >= 2 ** 32 - 1) throw new RangeError(`${String(id)} cannot own a file`);
  return id;
}
