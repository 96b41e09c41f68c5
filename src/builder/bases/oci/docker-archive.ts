import { createHash } from 'node:crypto';
import { KubeosError } from '../../../errors.ts';
import type { ImageDefinition } from '../../definition/schema.ts';
import { type ByteRange, readBytes } from '../byte-range.ts';
import {
  type DockerArchive,
  type ImageConfig,
  parseConfig,
  parseDockerArchive,
} from './image-documents.ts';
import { otherBytes } from './image-store.ts';
import { type ImageFiles, limited, missing } from './layout-store.ts';
import type { OpenedImage } from './opened-image.ts';

interface DockerImage {
  readonly config: ImageConfig;
  /** The image's id: the configuration's digest. */
  readonly digest: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

/**
 * What `docker save` wrote before it wrote OCI layouts. Layers carry no digest of their own here; the
 * configuration's diff ids vouch for them, and its own digest is the image's id.
 * @throws KubeosError DEFINITION_INVALID when it holds none or several images for the architecture
 */
export async function openDockerArchive(
  files: ImageFiles,
  wanted: {
    readonly manifest: ByteRange;
    readonly arch: ImageDefinition['arch'];
    readonly pin: string | undefined;
  },
): Promise<OpenedImage> {
  const listed = parseDockerArchive(
    await readBytes(limited(wanted.manifest, files.name)),
    files.name,
  );
  const all = await Promise.all(listed.map(async (one) => await loadImage(files, one)));
  const fitting = all.filter(
    ({ config, digest }) =>
      config.os === 'linux' &&
      config.architecture === wanted.arch &&
      (wanted.pin === undefined || wanted.pin === digest),
  );
  const [image, ...others] = fitting;
  if (image === undefined || others.length > 0) throw notOne(files, wanted.arch, all);
  return { digest: image.digest, layers: await layersOf(files, image) };
}

async function loadImage(files: ImageFiles, listed: DockerArchive[number]): Promise<DockerImage> {
  const range = await files.find(listed.Config);
  if (range === undefined) throw missing(files.name, listed.Config);
  const bytes = await readBytes(limited(range, files.name));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const named = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(listed.Config)?.[1];
  if (named !== undefined && digest !== `sha256:${named}`) {
    throw otherBytes(`${listed.Config} of ${files.name}`, digest, `sha256:${named}`);
  }
  const config = parseConfig(bytes, files.name);
  return { config, digest, tags: listed.RepoTags ?? [], layers: listed.Layers };
}

async function layersOf(files: ImageFiles, image: DockerImage): Promise<OpenedImage['layers']> {
  const { diff_ids: diffIds } = image.config.rootfs;
  if (diffIds.length !== image.layers.length) {
    throw otherBytes(files.name, `${image.layers.length} layers`, `${diffIds.length} of them`);
  }
  return await Promise.all(
    diffIds.map(async (diffId, at) => {
      const file = image.layers[at] ?? '';
      const range = await files.find(file);
      if (range === undefined) throw missing(files.name, file);
      return { diffId, open: () => Promise.resolve(range) };
    }),
  );
}

function notOne(files: ImageFiles, arch: string, all: readonly DockerImage[]): KubeosError {
  const there = all.map(
    ({ config, digest, tags }) =>
      `${tags[0] ?? 'untagged'} ${config.os}/${config.architecture} ${digest}`,
  );
  return new KubeosError(
    'DEFINITION_INVALID',
    `${files.name} does not hold exactly one image for linux/${arch}`,
    { hint: `it holds ${there.join(', ')}; add @ and the digest of one` },
  );
}
