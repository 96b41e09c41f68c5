import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type TestMember, writeTestTar } from './write-test-tar.ts';

export type Packing = 'gzip' | 'zstd' | 'none';

export interface TestImage {
  readonly architecture?: string;
  readonly layers: readonly (readonly TestMember[])[];
  /** How each layer is packed; gzip where nothing is said. */
  readonly packing?: readonly Packing[];
}

export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: object;
  readonly annotations?: object;
}

export interface TestManifest extends Blob {
  readonly config: Blob;
  readonly layers: readonly Blob[];
}

/** Writes an OCI layout with one image under the tag `test`, by hand; gives the manifest's descriptor. */
export async function writeTestLayout(directory: string, image: TestImage): Promise<TestManifest> {
  await mkdir(path.join(directory, 'blobs/sha256'), { recursive: true });
  const manifest = await writeTestManifest(directory, image);
  const annotations = { 'org.opencontainers.image.ref.name': 'test' };
  const { mediaType, digest, size } = manifest;
  await writeIndex(directory, [{ mediaType, digest, size, annotations }]);
  await writeFile(path.join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return manifest;
}

export async function writeIndex(directory: string, manifests: readonly Blob[]): Promise<void> {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = { schemaVersion: 2, mediaType, manifests };
  await writeFile(path.join(directory, 'index.json'), JSON.stringify(index));
}

/** Writes an image's blobs into a layout and gives the descriptor of its manifest. */
export async function writeTestManifest(
  directory: string,
  image: TestImage,
): Promise<TestManifest> {
  const layers: Blob[] = [];
  const diffIds: string[] = [];
  for (const [at, members] of image.layers.entries()) {
    const bytes = await readFile(await writeTestTar(path.join(directory, `${at}.tar`), members));
    diffIds.push(digestOf(bytes));
    const packing = image.packing?.[at] ?? 'gzip';
    const suffix = packing === 'none' ? '' : `+${packing}`;
    const mediaType = `application/vnd.oci.image.layer.v1.tar${suffix}`;
    layers.push(await writeBlob(directory, mediaType, pack(bytes, packing)));
  }
  const { architecture = 'amd64' } = image;
  const rootfs = { type: 'layers', diff_ids: diffIds };
  const config = { architecture, os: 'linux', config: {}, rootfs, history: [] };
  const configType = 'application/vnd.oci.image.config.v1+json';
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const configBlob = await writeJson(directory, configType, config);
  const manifest = { schemaVersion: 2, mediaType, config: configBlob, layers };
  return { ...(await writeJson(directory, mediaType, manifest)), config: configBlob, layers };
}

export async function writeJson(directory: string, type: string, value: unknown): Promise<Blob> {
  return await writeBlob(directory, type, Buffer.from(JSON.stringify(value)));
}

async function writeBlob(directory: string, mediaType: string, bytes: Buffer): Promise<Blob> {
  const digest = digestOf(bytes);
  await writeFile(blobFile(directory, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}

export function blobFile(directory: string, digest: string): string {
  return path.join(directory, 'blobs', digest.replace(':', '/'));
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** In two members or frames, as parallel compressors and zstd:chunked write them. */
function pack(bytes: Buffer, packing: Packing): Buffer {
  if (packing === 'none') return bytes;
  const half = Math.floor(bytes.length / 2);
  const parts = [bytes.subarray(0, half), bytes.subarray(half)];
  if (packing === 'gzip') return Buffer.concat(parts.map((part) => gzipSync(part)));
  const skippable = Buffer.from('5a2a4d1804000000ffffffff', 'hex');
  const [first, second] = parts.map((part) => zstdCompressSync(part));
  return Buffer.concat(
    [skippable, first ?? '', skippable, second ?? ''].map((part) => Buffer.from(part)),
  );
}
