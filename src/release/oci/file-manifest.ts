import { createHash } from 'node:crypto';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Registries take manifests up to 4 MiB; one of ours has a few hundred bytes. */
export const MAX_FILE_MANIFEST_BYTES = 16_384;

/** "{}": an artifact has no configuration (image specification, "Guidance for an Empty Descriptor"). */
export const EMPTY_CONFIG = Buffer.from('{}');

const EMPTY_DIGEST = `sha256:${createHash('sha256').update(EMPTY_CONFIG).digest('hex')}`;
const CREATED = 'org.opencontainers.image.created';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const fileManifest = z.looseObject({
  layers: z.tuple([z.looseObject({ digest, size: z.int().min(0) })]),
  annotations: z.looseObject({ [CREATED]: z.iso.datetime() }),
});

/** A file of a repository in a registry. */
export interface FileInRegistry {
  /** `sha256:…` of its bytes. */
  readonly digest: string;
  readonly size: number;
  /** When it was put there by the publisher's clock, in milliseconds since 1970. */
  readonly createdMs: number;
}

/**
 * Where the tag that names a file lies: a file's own name, which is all there is to say where no folder holds two of one
 * name. Targets begin with 64 hexadecimal digits, metadata never does.
 */
export function tagOf(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

export function pathOf(tag: string): string {
  return /^[0-9a-f]{64}\./.test(tag) ? `targets/${tag}` : `metadata/${tag}`;
}

/** One manifest for one file: whatever a tag reaches, a registry's garbage collection leaves alone. */
export function encodeFileManifest({ digest: blob, size, createdMs }: FileInRegistry): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: 'application/vnd.kubeos.file.v1',
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: EMPTY_DIGEST,
        size: EMPTY_CONFIG.length,
      },
      layers: [{ mediaType: 'application/octet-stream', digest: blob, size }],
      annotations: { [CREATED]: new Date(createdMs).toISOString() },
    }),
  );
}

/** @throws KubeosError RELEASE_INVALID */
export function decodeFileManifest(bytes: Uint8Array, tag: string): FileInRegistry {
  const parsed = fileManifest.safeParse(jsonOf(bytes));
  if (!parsed.success) {
    throw new KubeosError('RELEASE_INVALID', `the tag ${tag} is not one that kubeos made`, {
      hint: 'give a repository of its own to kubeos',
    });
  }
  const { layers, annotations } = parsed.data;
  return {
    digest: layers[0].digest,
    size: layers[0].size,
    createdMs: Date.parse(annotations[CREATED]),
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
