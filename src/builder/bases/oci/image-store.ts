import { KubeosError } from '../../../errors.ts';
import { type ByteRange, hashRange } from '../byte-range.ts';
import type { Descriptor } from './image-documents.ts';

/** Where an image's documents and layers are: a layout, an archive, or a registry. */
export interface ImageStore {
  /** How to name it in messages. */
  readonly name: string;
  /** What it offers; a registry offers the one image that was asked for. */
  readonly roots: readonly Descriptor[];
  /** A manifest or an index, checked by size and digest. */
  document(descriptor: Descriptor, subject: string): Promise<Uint8Array>;
  /** A configuration or a layer on disk, checked by size and digest. */
  blob(descriptor: Descriptor, subject: string): Promise<ByteRange>;
}

/** The part of a digest that names a blob's file. */
export function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

/** @throws KubeosError BUILD_CHECK_FAILED when the bytes are not the described ones */
export async function checkBlob(
  range: ByteRange,
  { digest, size }: Descriptor,
  { subject, signal }: { readonly subject: string; readonly signal: AbortSignal },
): Promise<ByteRange> {
  if (range.length !== size) throw otherBytes(subject, `${range.length} bytes`, `${size} bytes`);
  const found = `sha256:${await hashRange(range, signal)}`;
  if (found !== digest) throw otherBytes(subject, found, digest);
  return range;
}

export function otherBytes(subject: string, found: string, expected: string): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `${subject} is ${found}, expected ${expected}`, {
    hint: 'the image is damaged or was changed; nothing of it was used. Fetch it again',
  });
}
