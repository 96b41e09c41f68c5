import { createHash } from 'node:crypto';
import { z } from 'zod';
import { KubeosError } from '../errors.ts';
import type { ExpectedTable } from './block-table.ts';
import { canonicalJson } from './canonical-json.ts';

/** More than any manifest needs; nothing longer is read. */
export const MAX_MANIFEST_BYTES = 2 ** 20;

/** So many migrations of data a name may have had. */
export const MAX_DATA_EPOCH = 9999;

/** Of Kubernetes, whose tags have a v before it. */
export const KUBELET_VERSION = /^1\.\d{1,3}\.\d{1,3}$/;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');
const printable = z.string().regex(/^[\x21-\x7e]{1,512}$/, 'printable ASCII without spaces');
const bytes = z
  .int()
  .min(1)
  .max(2 ** 40);

const bootFile = z.strictObject({
  path: z
    .string()
    .regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._+-]+){1,8}$/, 'an absolute path without . and ..'),
  size: bytes,
  sha256,
});

const storedFile = z.strictObject({ size: bytes, sha256 });

const manifestSchema = z.strictObject({
  schema: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'lower-case letters, digits, "." and "-"'),
  version: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,63}$/, 'a version'),
  /** Grows with each release of a name. */
  epoch: z.int().min(0),
  arch: z.enum(['amd64', 'arm64']),
  /** Seconds since 1970. */
  created: z.int().min(0),
  image: z.strictObject({
    fileSystem: z.enum(['ext4', 'squashfs', 'erofs']),
    size: bytes.multipleOf(4096),
    sha256,
    blockSize: z.literal(4096),
  }),
  /** image.zst: all of the image, as frames of 1 MiB. */
  full: storedFile,
  /** image.blocks: the block table. */
  blocks: storedFile,
  /** Files of the root image that GRUB loads. */
  boot: z.strictObject({ kernel: bootFile, initramfs: bootFile }),
  kernelArguments: z.array(printable).max(256),
  verity: z
    .strictObject({ rootHash: sha256, salt: sha256, hashOffset: bytes.multipleOf(4096) })
    .nullable(),
  securityFloor: z.int().min(0),
  /** Of what it writes to /var (contract section 3); left out for 0. */
  dataEpoch: z.int().min(1).max(MAX_DATA_EPOCH).optional(),
  /** Version of kubelet in it; left out where it has none that is known. */
  kubelet: z.string().regex(KUBELET_VERSION, 'a version such as 1.34.2').optional(),
});

/** `manifest.json` of a release (contract section 4). Kernel, initramfs, root and arguments move together, under one digest. */
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;
export type BootFile = Readonly<z.infer<typeof bootFile>>;
/** Size in bytes and digest of a file of the release. */
export type StoredFile = Readonly<z.infer<typeof storedFile>>;

/** What image.blocks has to agree with. */
export function expectedTable({ image, full }: Manifest): ExpectedTable {
  return { imageBytes: image.size, imageSha256: image.sha256, compressedBytes: full.size };
}

/** The bytes of manifest.json; their SHA-256 is the release's digest. */
export function serialiseManifest(manifest: Manifest): string {
  const { dataEpoch, kubelet, ...rest } = manifest;
  return canonicalJson({
    ...rest,
    ...(dataEpoch !== undefined && { dataEpoch }),
    ...(kubelet !== undefined && { kubelet }),
  });
}

/** `sha256:` and the hex digest of the manifest's bytes: a release's name everywhere. */
export function releaseDigest(serialised: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(serialised).digest('hex')}`;
}

/**
 * Reads hostile bytes. They must be their own canonical form, so that no two readers see two things in them
 * (RFC 8259 leaves open what a repeated key means).
 *
 * @throws KubeosError RELEASE_INVALID with everything that is wrong
 */
export function parseManifest(text: Uint8Array): Manifest {
  if (text.length > MAX_MANIFEST_BYTES) throw invalid(`is longer than ${MAX_MANIFEST_BYTES} bytes`);
  const parsed = manifestSchema.safeParse(readJson(text));
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  if (!Buffer.from(serialiseManifest(parsed.data)).equals(text)) {
    throw invalid('is not in canonical form');
  }
  return parsed.data;
}

function readJson(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause));
  }
}

function invalid(why: string): KubeosError {
  return new KubeosError('RELEASE_INVALID', `manifest.json ${why}`, {
    hint: 'a release is made by `kubeos build`; fetch or build it again',
  });
}
