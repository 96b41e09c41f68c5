import { z } from 'zod';
import { KubeosError } from '../../../errors.ts';
import { DIGEST } from './image-reference.ts';

/** Registries are asked for manifests of at most 4 MiB (OCI distribution specification, "Pushing manifests"). */
export const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

const digest = z.string().regex(DIGEST, 'a digest other than sha256 is not supported');

// Documents of others: keys that are not known here are none of our business (image-spec, "Extensibility").
const descriptor = z.object({
  mediaType: z.string(),
  digest,
  size: z.int().min(0),
  platform: z
    .object({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
    .optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

const index = z.object({ schemaVersion: z.literal(2), manifests: z.array(descriptor) });

const manifest = z.object({
  schemaVersion: z.literal(2),
  config: descriptor,
  layers: z.array(descriptor),
});

const config = z.object({
  architecture: z.string(),
  os: z.string(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(digest) }),
});

const dockerArchive = z
  .array(
    z.object({
      Config: z.string(),
      RepoTags: z.array(z.string()).nullish(),
      Layers: z.array(z.string()),
    }),
  )
  .min(1);

export type Descriptor = z.infer<typeof descriptor>;
export type ImageManifest = z.infer<typeof manifest>;
export type ImageConfig = z.infer<typeof config>;
export type DockerArchive = z.infer<typeof dockerArchive>;

export const INDEX_TYPES = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

export const MANIFEST_TYPES = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);

const CONFIG_TYPES = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

const LAYER_TYPE =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(?:gzip|zstd))?|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.gzip|\.zstd)?)$/;

export const parseIndex = parser(index, 'image index');
export const parseConfig = parser(config, 'image configuration');
export const parseDockerArchive = parser(dockerArchive, 'manifest.json of a docker archive');

/** @throws KubeosError DEFINITION_INVALID for an artifact that is no container image, or an encrypted one */
export function parseManifest(bytes: Uint8Array, subject: string): ImageManifest {
  const parsed = parser(manifest, 'image manifest')(bytes, subject);
  const strange = [
    ...(CONFIG_TYPES.has(parsed.config.mediaType) ? [] : [parsed.config.mediaType]),
    ...parsed.layers.map(({ mediaType }) => mediaType).filter((type) => !LAYER_TYPE.test(type)),
  ][0];
  if (strange === undefined) return parsed;
  throw new KubeosError(
    'DEFINITION_INVALID',
    `${subject} is not a container image with plain layers: it holds ${strange}`,
    { hint: 'an image as docker, podman or buildkit make it is expected' },
  );
}

function parser<Schema extends z.ZodType>(schema: Schema, kind: string) {
  return (bytes: Uint8Array, subject: string): z.infer<Schema> => {
    const result = schema.safeParse(jsonOf(bytes));
    if (result.success) return result.data;
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `${subject} is not an ${kind} that can be used:\n${z.prettifyError(result.error)}`,
      { hint: 'an image as docker, podman or buildkit make it is expected' },
    );
  };
}

/** Undefined for what is no JSON. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
