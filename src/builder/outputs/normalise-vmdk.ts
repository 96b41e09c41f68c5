import { KubeosError } from '../../errors.ts';

const SECTOR = 512;
const MAGIC = 'KDMV';

export interface DescriptorPlace {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/**
 * Where the text descriptor lies in a VMDK file with an embedded one: `descriptorOffset` and `descriptorSize`
 * of the sparse extent header ("Virtual Disk Format 5.0", section "Hosted Sparse Extents").
 *
 * @param header the file's first sector
 * @throws KubeosError BUILD_CHECK_FAILED
 */
export function vmdkDescriptorPlace(header: Uint8Array): DescriptorPlace {
  const view = Buffer.from(header);
  if (view.length < SECTOR || view.toString('latin1', 0, 4) !== MAGIC) {
    throw broken('it does not begin with a sparse extent header');
  }
  return {
    offsetBytes: Number(view.readBigUInt64LE(28)) * SECTOR,
    sizeBytes: Number(view.readBigUInt64LE(36)) * SECTOR,
  };
}

/** qemu-img writes the random number without leading zeros, so its length varies. */
const CONTENT_ID = /^CID=[0-9a-f]{1,8}$/m;

/**
 * The descriptor with another content identifier, a random number otherwise. Its text may move by some letters;
 * the NULs behind it make up for that, so that it keeps its size.
 *
 * @param contentId eight lower-case hex digits
 * @throws KubeosError BUILD_CHECK_FAILED
 */
export function withContentId(descriptor: Uint8Array, contentId: string): Uint8Array {
  const text = Buffer.from(descriptor).toString('latin1').replace(/\0+$/, '');
  if (!CONTENT_ID.test(text)) throw broken('its descriptor has no CID');
  const changed = text.replace(CONTENT_ID, `CID=${contentId}`);
  if (changed.length > descriptor.length) throw broken('its descriptor has no room');
  return Buffer.from(changed.padEnd(descriptor.length, '\0'), 'latin1');
}

/** Written while the file is hashed: the identifier cannot be part of what it is made from. */
export const NO_CONTENT_ID = '00000000';

/** A content identifier from a hash; ffffffff is kept free, because as a parent's it means "none". */
export function contentIdOf(sha256: string): string {
  const id = sha256.slice(0, 8);
  return id === 'ffffffff' ? 'fffffffe' : id;
}

function broken(why: string): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `the VMDK file cannot be normalised: ${why}`, {
    hint: 'qemu-img wrote another form of VMDK than expected; please report its version',
  });
}
