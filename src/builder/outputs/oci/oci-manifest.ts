import { createHash } from 'node:crypto';
import type { Arch } from '../../../disk/layout.ts';

export const ARTIFACT_TYPE = 'application/vnd.kubeos.image.v1';

export interface OciBlob {
  /** File name that tools give it when they pull it. */
  readonly title: string;
  readonly mediaType: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly size: number;
}

export interface OciImage {
  readonly name: string;
  readonly version: string;
  readonly arch: Arch;
  /** Seconds; becomes the creation time. */
  readonly epoch: number;
  readonly blobs: readonly OciBlob[];
}

export interface OciDocuments {
  /** Small blobs beside the files: the empty configuration and the manifest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  readonly index: Uint8Array;
  readonly layout: Uint8Array;
  readonly manifestDigest: string;
}

/** "Guidance for an empty descriptor", OCI image specification 1.1, manifest.md. */
const EMPTY = Buffer.from('{}');
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

/** The documents of an OCI image layout that holds these files as one artifact (image specification 1.1). */
export function ociDocuments(image: OciImage): OciDocuments {
  const manifest = asJson(manifestOf(image));
  const manifestDigest = sha256(manifest);
  return {
    blobs: new Map([
      [sha256(EMPTY), EMPTY],
      [manifestDigest, manifest],
    ]),
    index: asJson(indexOf(image, manifest)),
    layout: asJson({ imageLayoutVersion: '1.0.0' }),
    manifestDigest,
  };
}

function manifestOf(image: OciImage): object {
  return {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: ARTIFACT_TYPE,
    config: { mediaType: EMPTY_TYPE, digest: `sha256:${sha256(EMPTY)}`, size: EMPTY.length },
    layers: image.blobs.map((blob) => ({
      mediaType: blob.mediaType,
      digest: `sha256:${blob.sha256}`,
      size: blob.size,
      annotations: { 'org.opencontainers.image.title': blob.title },
    })),
    annotations: {
      'org.opencontainers.image.created': new Date(image.epoch * 1000).toISOString(),
      'org.opencontainers.image.title': image.name,
      'org.opencontainers.image.version': image.version,
    },
  };
}

function indexOf(image: OciImage, manifest: Uint8Array): object {
  const descriptor = {
    mediaType: MANIFEST_TYPE,
    artifactType: ARTIFACT_TYPE,
    digest: `sha256:${sha256(manifest)}`,
    size: manifest.length,
    platform: { architecture: image.arch, os: 'linux' },
    annotations: { 'org.opencontainers.image.ref.name': image.version },
  };
  return { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [descriptor] };
}

const asJson = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
