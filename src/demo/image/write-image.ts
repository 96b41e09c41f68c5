import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Arch } from '../../disk/layout.ts';
import type { Layer } from './write-layer.ts';

const IMAGE = 'application/vnd.oci.image';

export interface ImageDescription {
  readonly architecture: Arch;
  readonly tag: string;
  /** As the OCI image specification 1.1 has it: how it is started, by whom, labels. */
  readonly config: object;
}

/** Layers that are among its blobs become an image layout (OCI image specification 1.1). @returns the digest by which it is named */
export async function writeImage(
  folder: string,
  layers: readonly Layer[],
  { architecture, tag, config: asStarted }: ImageDescription,
): Promise<string> {
  const put = async (mediaType: string, value: object) => {
    const bytes = Buffer.from(JSON.stringify(value));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await writeFile(path.join(folder, 'blobs/sha256', sha256), bytes);
    return { mediaType, digest: `sha256:${sha256}`, size: bytes.length };
  };
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => `sha256:${diffId}`) };
  const config = await put(`${IMAGE}.config.v1+json`, {
    ...{ architecture, os: 'linux', config: asStarted, rootfs },
  });
  const manifestType = `${IMAGE}.manifest.v1+json`;
  const manifest = await put(manifestType, {
    ...{ schemaVersion: 2, mediaType: manifestType, config },
    layers: layers.map(({ sha256, size }) => {
      return { mediaType: `${IMAGE}.layer.v1.tar+gzip`, digest: `sha256:${sha256}`, size };
    }),
  });
  const named = {
    ...{ ...manifest, platform: { architecture, os: 'linux' } },
    annotations: { 'org.opencontainers.image.ref.name': tag },
  };
  const index = { schemaVersion: 2, mediaType: `${IMAGE}.index.v1+json`, manifests: [named] };
  await writeFile(path.join(folder, 'index.json'), JSON.stringify(index));
  await writeFile(path.join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return manifest.digest;
}
