import { open } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import { readPastCache } from '../../disk/read-past-cache.ts';
import { PACK_HEADER_BYTES } from '../pack/pack-format.ts';
import { contentOfFile, measure } from './content.ts';
import type { Content } from './repository-store.ts';

/** A delta pack in a file, by the images that its header names; lower-case hex. */
export interface PackFile {
  readonly file: string;
  readonly baseImage: string;
  readonly newImage: string;
  readonly content: Content;
}

/** A pack whose base is a release of the repository. */
export interface LocalPack {
  /** Digest of the release that it starts from. */
  readonly base: string;
  readonly content: Content;
}

/** @throws KubeosError RELEASE_INVALID when it is no delta pack */
export async function readPackFile(file: string): Promise<PackFile> {
  const header = Buffer.alloc(PACK_HEADER_BYTES);
  await using handle = await open(file, 'r');
  await handle.read(header, 0, PACK_HEADER_BYTES, 0);
  if (header.toString('latin1', 0, 4) !== 'KDF1') {
    throw new KubeosError('RELEASE_INVALID', `${file} is no delta pack`);
  }
  return {
    file,
    baseImage: header.toString('hex', 24, 56),
    newImage: header.toString('hex', 56, 88),
    content: contentOfFile(file, await measure(readPastCache(file))),
  };
}

/** Of a release that is published: what a pack has to name. */
export interface PublishedImage {
  readonly digest: string;
  /** SHA-256 of the image, lower-case hex. */
  readonly image: string;
}

/**
 * Finds the release that each pack starts from.
 *
 * @throws KubeosError USAGE when a pack leads to another release, or starts from none of these
 */
export function placePacks(
  packs: readonly PackFile[],
  newImage: string,
  published: readonly PublishedImage[],
): readonly LocalPack[] {
  return packs.map(({ file, baseImage, newImage: leadsTo, content }) => {
    if (leadsTo !== newImage) throw misplaced(file, 'leads to the image of another release');
    const base = published.find(({ image }) => image === baseImage);
    if (base === undefined) throw misplaced(file, 'starts from an image of no published release');
    return { base: base.digest, content };
  });
}

function misplaced(file: string, why: string): KubeosError {
  return new KubeosError('USAGE', `${file} ${why}`, {
    hint: 'publish the release that it starts from first, or leave the pack out',
  });
}
