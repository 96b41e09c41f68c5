import { KubeosError } from '../../../errors.ts';
import type { ImageDefinition } from '../../definition/schema.ts';
import { readBytes } from '../byte-range.ts';
import {
  type Descriptor,
  INDEX_TYPES,
  MANIFEST_TYPES,
  parseConfig,
  parseIndex,
  parseManifest,
} from './image-documents.ts';
import type { ImageStore } from './image-store.ts';

/** One image for one platform, found in a store. */
export interface FoundManifest {
  readonly descriptor: Descriptor;
  /** os/architecture, for example linux/amd64. */
  readonly platform: string;
}

export interface Wanted {
  readonly arch: ImageDefinition['arch'];
  /** Digest of the image, or of an index that holds it. */
  readonly pin: string | undefined;
}

/** An index may hold indexes; nobody nests them deeper, and a hostile one must end. */
const MAX_DEPTH = 3;
const MAX_MANIFESTS = 1000;

/**
 * The image of a store for an architecture.
 * @throws KubeosError DEFINITION_INVALID when there is none, or more than one to choose from
 */
export async function chooseManifest(store: ImageStore, wanted: Wanted): Promise<Descriptor> {
  const all = await manifestsBelow(store, store.roots, 0);
  const pinned = wanted.pin === undefined ? all : await pinnedBy(wanted.pin, { store, all });
  const platform = `linux/${wanted.arch}`;
  const fitting = preferPlain(pinned.filter((found) => found.platform === platform));
  const [first, ...others] = fitting;
  if (first !== undefined && others.length === 0) return first.descriptor;
  throw first === undefined
    ? noneFor(platform, store, pinned)
    : severalFor(platform, store, fitting);
}

async function manifestsBelow(
  store: ImageStore,
  descriptors: readonly Descriptor[],
  depth: number,
): Promise<readonly FoundManifest[]> {
  if (depth > MAX_DEPTH) throw tooMany(store);
  const found = new Map<string, FoundManifest>();
  for (const descriptor of descriptors) {
    for (const one of await manifestsOf(store, descriptor, depth)) {
      found.set(one.descriptor.digest, one);
      if (found.size > MAX_MANIFESTS) throw tooMany(store);
    }
  }
  return [...found.values()];
}

async function manifestsOf(
  store: ImageStore,
  descriptor: Descriptor,
  depth: number,
): Promise<readonly FoundManifest[]> {
  const { mediaType, platform } = descriptor;
  if (INDEX_TYPES.has(mediaType)) {
    const index = parseIndex(await store.document(descriptor, 'the image index'), store.name);
    return await manifestsBelow(store, index.manifests, depth + 1);
  }
  // Attestations and other artifacts stand beside images in an index.
  if (!MANIFEST_TYPES.has(mediaType)) return [];
  if (platform !== undefined) {
    return [{ descriptor, platform: `${platform.os}/${platform.architecture}` }];
  }
  return [{ descriptor, platform: await configuredPlatform(store, descriptor) }];
}

/** Layouts often leave the platform out; the configuration has it. */
async function configuredPlatform(store: ImageStore, descriptor: Descriptor): Promise<string> {
  const bytes = await store.document(descriptor, 'an image manifest');
  const manifest = parseManifest(bytes, store.name);
  const range = await store.blob(manifest.config, 'an image configuration');
  const { os, architecture } = parseConfig(await readBytes(range), store.name);
  return `${os}/${architecture}`;
}

async function pinnedBy(
  pin: string,
  { store, all }: { readonly store: ImageStore; readonly all: readonly FoundManifest[] },
): Promise<readonly FoundManifest[]> {
  const one = all.filter(({ descriptor }) => descriptor.digest === pin);
  if (one.length > 0) return one;
  const roots = store.roots.filter(({ digest }) => digest === pin);
  if (roots.length > 0) return await manifestsBelow(store, roots, 0);
  throw new KubeosError('DEFINITION_INVALID', `${store.name} does not hold ${pin}`, {
    hint: `it holds ${all.map(describe).join(', ') || 'no image'}`,
  });
}

/** linux/amd64 means the baseline: a build for a newer variant would not start on every machine. */
function preferPlain(fitting: readonly FoundManifest[]): readonly FoundManifest[] {
  const plain = fitting.filter(({ descriptor: { platform } }) => {
    const variant = platform?.variant;
    return variant === undefined || variant === '' || variant === 'v8';
  });
  return plain.length > 0 ? plain : fitting;
}

function noneFor(
  platform: string,
  store: ImageStore,
  found: readonly FoundManifest[],
): KubeosError {
  const there = found.map(describe).join(', ');
  return new KubeosError('DEFINITION_INVALID', `${store.name} holds no image for ${platform}`, {
    hint: there === '' ? 'it holds no container image at all' : `it holds ${there}`,
  });
}

function severalFor(
  platform: string,
  store: ImageStore,
  fitting: readonly FoundManifest[],
): KubeosError {
  return new KubeosError(
    'DEFINITION_INVALID',
    `${store.name} holds ${fitting.length} images for ${platform}`,
    { hint: `add @ and the digest of one: ${fitting.map(describe).join(', ')}` },
  );
}

function describe({ descriptor, platform }: FoundManifest): string {
  const name = descriptor.annotations?.['org.opencontainers.image.ref.name'];
  return `${name === undefined ? '' : `${name} `}${platform} ${descriptor.digest}`;
}

function tooMany(store: ImageStore): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `${store.name} nests indexes without end`);
}
