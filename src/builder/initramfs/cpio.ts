import { KubeosError } from '../../errors.ts';

/** One member of an initramfs; `path` is relative to its root, without a leading slash. */
export type CpioEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly content: Uint8Array;
    }
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'character-device';
      readonly path: string;
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

/** File types of stat(2). */
const TYPE_BITS = {
  file: 0o100000,
  directory: 0o040000,
  link: 0o120000,
  'character-device': 0o020000,
} as const;

/** A multiple of this lets several archives be appended to each other. */
const ARCHIVE_ALIGNMENT = 512;
const TRAILER = 'TRAILER!!!';
const MAXIMUM_FILE_BYTES = 0xffffffff;

/**
 * A cpio archive in the "newc" form that the kernel unpacks (Documentation/driver-api/early-userspace/
 * buffer-format.rst). Entries are sorted by path, inode numbers count up, everything belongs to root:
 * the same entries give the same bytes.
 *
 * @param epoch seconds, the time of every entry
 * @throws KubeosError BUILD_CHECK_FAILED when a file is larger than the format can say
 */
export function writeCpio(entries: readonly CpioEntry[], epoch: number): Uint8Array {
  const sorted = entries.toSorted((a, b) =>
    Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)),
  );
  const members = sorted.map((entry, index) => member(entry, index + 1, epoch));
  const parts = [...members.flat(), ...trailer()];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat(parts, align(length, ARCHIVE_ALIGNMENT));
}

function member(entry: CpioEntry, inode: number, epoch: number): Uint8Array[] {
  const content = contentOf(entry);
  if (content.length > MAXIMUM_FILE_BYTES) {
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `${entry.path} has ${content.length} bytes, too large for an initramfs (4 GiB)`,
    );
  }
  const permissions = entry.kind === 'link' ? 0o777 : entry.mode;
  const device = entry.kind === 'character-device' ? entry : { major: 0, minor: 0 };
  const fields: HeaderFields = {
    inode,
    mode: TYPE_BITS[entry.kind] | permissions,
    links: entry.kind === 'directory' ? 2 : 1,
    epoch,
    size: content.length,
    major: device.major,
    minor: device.minor,
  };
  return [header(entry.path, fields), padded(content)];
}

function contentOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.content;
  return entry.kind === 'link' ? Buffer.from(entry.target) : new Uint8Array();
}

function trailer(): Uint8Array[] {
  const fields = { inode: 0, mode: 0, links: 1, epoch: 0, size: 0, major: 0, minor: 0 };
  return [header(TRAILER, fields)];
}

interface HeaderFields {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly epoch: number;
  readonly size: number;
  readonly major: number;
  readonly minor: number;
}

/** Thirteen fields of eight hexadecimal digits after the magic, then the name with its zero byte. */
function header(path: string, fields: HeaderFields): Uint8Array {
  const name = Buffer.from(`${path}\0`);
  const { inode, mode, links, epoch, size, major, minor } = fields;
  const numbers = [inode, mode, 0, 0, links, epoch, size, 0, 0, major, minor, name.length, 0];
  const text = numbers.map((number) => number.toString(16).padStart(8, '0')).join('');
  return padded(Buffer.concat([Buffer.from(`070701${text}`), name]));
}

function padded(bytes: Uint8Array): Uint8Array {
  return bytes.length % 4 === 0 ? bytes : Buffer.concat([bytes], align(bytes.length, 4));
}

function align(length: number, unit: number): number {
  return Math.ceil(length / unit) * unit;
}
