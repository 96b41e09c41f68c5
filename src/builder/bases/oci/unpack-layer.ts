import { KubeosError } from '../../../errors.ts';
import { type ByteRange, hashRange } from '../byte-range.ts';
import { compressionOf, type Unpacked, unpackTo } from '../compression.ts';
import type { TarSource } from '../tar/read-tar.ts';
import { hexOf, otherBytes } from './image-store.ts';
import type { ImageLayer } from './opened-image.ts';

export interface LayerTarget {
  readonly subject: string;
  /** Where it is unpacked to, if it is compressed. */
  readonly file: string;
  readonly signal: AbortSignal;
}

/** @throws KubeosError BUILD_CHECK_FAILED when what comes out is not what the configuration says */
export async function unpackLayer(layer: ImageLayer, target: LayerTarget): Promise<TarSource> {
  const { subject } = target;
  const { range, sha256 } = await unpack(await layer.open(), target);
  if (sha256 !== hexOf(layer.diffId)) {
    throw otherBytes(`${subject}, unpacked,`, `sha256:${sha256}`, layer.diffId);
  }
  return { range, name: subject, needsEndMark: false };
}

async function unpack(
  packed: ByteRange,
  { subject, file, signal }: LayerTarget,
): Promise<Unpacked> {
  const compression = await compressionOf(packed);
  if (compression === 'none') return { range: packed, sha256: await hashRange(packed, signal) };
  if (compression === 'xz') {
    throw new KubeosError('DEFINITION_INVALID', `${subject} is packed with xz`, {
      hint: 'the OCI image specification knows gzip and zstd; make the image again with one of them',
    });
  }
  try {
    return await unpackTo(packed, { compression, file }, signal);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KubeosError('BUILD_CHECK_FAILED', `${subject} is damaged: ${error.message}`, {
      cause: error,
      hint: 'whoever made the image packed it wrongly; make it again',
    });
  }
}
