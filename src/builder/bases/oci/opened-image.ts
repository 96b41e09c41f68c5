import { KubeosError } from '../../../errors.ts';
import type { ImageDefinition } from '../../definition/schema.ts';
import { type ByteRange, readBytes } from '../byte-range.ts';
import { chooseManifest, type Wanted } from './choose-manifest.ts';
import { type ImageConfig, parseConfig, parseManifest } from './image-documents.ts';
import { type ImageStore, otherBytes } from './image-store.ts';

/** One image for one platform: what names it, and its layers from the bottom to the top. */
export interface OpenedImage {
  readonly digest: string;
  readonly layers: readonly ImageLayer[];
}

export interface ImageLayer {
  /** Digest of the unpacked layer, from the configuration. */
  readonly diffId: string;
  /** The layer on disk, perhaps compressed; fetched first where it is far away. */
  readonly open: () => Promise<ByteRange>;
}

/** @throws KubeosError when there is no such image, or its documents do not fit together */
export async function openImage(store: ImageStore, wanted: Wanted): Promise<OpenedImage> {
  const descriptor = await chooseManifest(store, wanted);
  const { digest } = descriptor;
  const manifest = parseManifest(
    await store.document(descriptor, 'the image manifest'),
    store.name,
  );
  const configRange = await store.blob(manifest.config, 'the image configuration');
  const config = parseConfig(await readBytes(configRange), store.name);
  checkPlatform(config, wanted.arch, store.name);
  const { diff_ids: diffIds } = config.rootfs;
  const count = manifest.layers.length;
  if (diffIds.length !== count) {
    throw otherBytes(store.name, `an image of ${count} layers`, `${diffIds.length} of them`);
  }
  const layers = manifest.layers.map((layer, at) => ({
    diffId: diffIds[at] ?? '',
    open: async () => await store.blob(layer, `layer ${at + 1} of ${count}`),
  }));
  return { digest, layers };
}

/** An index can claim what its image does not hold. */
function checkPlatform(config: ImageConfig, arch: ImageDefinition['arch'], name: string): void {
  if (config.os === 'linux' && config.architecture === arch) return;
  throw new KubeosError(
    'DEFINITION_INVALID',
    `${name}: the image says linux/${arch} in its index, and ${config.os}/${config.architecture} in its configuration`,
    { hint: 'whoever made the index took the wrong image' },
  );
}
