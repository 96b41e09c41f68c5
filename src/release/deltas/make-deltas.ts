import { rm } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { decodeBlockTable, type BlockTable } from '../block-table.ts';
import { expectedTable, MAX_MANIFEST_BYTES, parseManifest, type Manifest } from '../manifest.ts';
import { checkPack, isWorthPublishing } from '../pack/check-pack.ts';
import { makePack } from '../pack/make-pack.ts';
import type { PackParameters } from '../pack/pack-parameters.ts';
import { readBounded } from '../repository/read-bounded.ts';
import { readBytes } from '../repository/read-bytes.ts';
import { readManifests, type DescribedRelease } from '../repository/read-manifests.ts';
import { loadRepository, type StateRequest } from '../repository/repository-state.ts';
import { imageChunks, readTable } from '../repository/verify-image.ts';
import { chooseBases } from './choose-bases.ts';
import { restoreImage } from './restore-image.ts';

export interface DeltasRequest extends StateRequest {
  /** The release folder that packs shall lead to. */
  readonly folder: string;
  /** How many of the last releases packs shall start from. */
  readonly bases: number;
  /** An empty folder; it will hold two root images and the packs. */
  readonly workDirectory: string;
  readonly parameters?: Partial<PackParameters>;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

export interface MadeDelta {
  /** Of the release that it starts from. */
  readonly base: string;
  readonly version: string;
  readonly bytes: number;
  /** Null: it is too large to be worth publishing. */
  readonly file: string | null;
}

/**
 * Makes a delta pack from each of the last releases of the same name, applies it as a node will, and compares. Packs
 * that are published already are not made again.
 */
export async function makeDeltas(request: DeltasRequest): Promise<readonly MadeDelta[]> {
  const { store, folder, workDirectory } = request;
  const manifest = parseManifest(
    await readBounded(path.join(folder, 'manifest.json'), MAX_MANIFEST_BYTES),
  );
  const { verified } = await loadRepository(request);
  const { described } = await readManifests(store, verified.releases);
  const bases = chooseBases(described, manifest, request.bases);
  if (bases.length === 0) return [];
  const image = path.join(workDirectory, 'image');
  const table = await readTable(folder, manifest);
  await restoreImage(await imageChunks(folder, manifest), table, image);
  const made: MadeDelta[] = [];
  for (const base of bases)
    made.push(await makeDelta({ ...request, base, manifest, image, table }));
  return made;
}

interface DeltaRequest extends DeltasRequest {
  readonly base: DescribedRelease;
  readonly manifest: Manifest;
  readonly image: string;
  readonly table: BlockTable;
}

async function makeDelta(request: DeltaRequest): Promise<MadeDelta> {
  const { base, manifest, image, table, workDirectory, signal, report } = request;
  const { digest } = base.release;
  const { version } = base.manifest;
  const hex = digest.slice('sha256:'.length);
  const baseImage = path.join(workDirectory, 'base');
  report(`from ${version}: the image that it starts from`);
  await restoreBase(request, baseImage);
  const images = {
    baseBytes: base.manifest.image.size,
    baseSha256: base.manifest.image.sha256,
    imageBytes: manifest.image.size,
    imageSha256: manifest.image.sha256,
  };
  const output = path.join(workDirectory, `${hex}.kdp`);
  const { parameters = {} } = request;
  report(`from ${version}: what changed`);
  const { bytes } = await makePack({ base: baseImage, image, images, output, parameters, signal });
  report(`from ${version}: applied and compared`);
  await checkPack({ pack: output, base: baseImage, image, images, table, signal });
  await rm(baseImage);
  const file = isWorthPublishing(bytes, manifest.full.size) ? output : null;
  if (file === null) report(`from ${version}: dropped, it has more than 60 % of the whole image`);
  return { base: digest, version, bytes, file };
}

async function restoreBase({ store, base }: DeltaRequest, output: string): Promise<void> {
  const { release, manifest } = base;
  const bytes = await readBytes(store, release.blocks.path, manifest.blocks.size);
  const compressed = await store.read(release.image.path);
  if (bytes === null || compressed === null) {
    throw new KubeosError('RELEASE_INVALID', `${store.place} lacks files of ${release.digest}`, {
      hint: 'publish that release again: what is missing is put back; or make no delta packs: --bases 0',
    });
  }
  const table = decodeBlockTable(bytes, expectedTable(manifest));
  await restoreImage(compressed, table, output);
}
