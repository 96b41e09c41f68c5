import { KubeosError } from '../../errors.ts';

export const VHD_FOOTER_BYTES = 512;

/** Offsets in the footer: "Virtual Hard Disk Image Format Specification" 1.0, "Hard Disk Footer Format". */
const COOKIE = 'conectix';
const TIME_STAMP = 24;
const CHECKSUM = 64;
const UNIQUE_ID = 68;

/**
 * The footer with everything that depends on when it was made replaced: the time stamp becomes the format's own
 * epoch (2000-01-01), the unique identifier the given one, and the checksum follows.
 *
 * @throws KubeosError BUILD_CHECK_FAILED for bytes that are no footer, or whose checksum was already wrong
 */
export function normaliseVhdFooter(footer: Uint8Array, uuid: string): Uint8Array {
  const result = Buffer.from(footer);
  if (result.length !== VHD_FOOTER_BYTES || result.toString('latin1', 0, 8) !== COOKIE) {
    throw new KubeosError('BUILD_CHECK_FAILED', 'the VHD file does not end in a footer', {
      hint: 'qemu-img did not write a fixed VHD; see its output in the log',
    });
  }
  const stored = result.readUInt32BE(CHECKSUM);
  if (stored !== checksumOf(result)) {
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `the VHD footer's checksum is ${hex(stored)}, expected ${hex(checksumOf(result))}`,
      { hint: 'the file was damaged while it was written; check the disk and build again' },
    );
  }
  result.writeUInt32BE(0, TIME_STAMP);
  result.write(uuid.replaceAll('-', ''), UNIQUE_ID, 'hex');
  result.writeUInt32BE(checksumOf(result), CHECKSUM);
  return result;
}

/** The one's complement of the sum of all bytes of the footer but the checksum's own. */
function checksumOf(footer: Buffer): number {
  let sum = 0;
  footer.forEach((byte, index) => {
    if (index < CHECKSUM || index >= CHECKSUM + 4) sum += byte;
  });
  return ~sum >>> 0;
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
