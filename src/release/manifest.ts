import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** A file of the root image that GRUB loads. */
export interface BootFile {
  readonly path: string;
  readonly size: number;
  /** Lower-case hex, as every digest here. */
  readonly sha256: string;
}

/** `manifest.json` of a release (contract section 4). Kernel, initramfs, root and arguments move together, under one digest. */
export interface Manifest {
  readonly schema: 1;
  readonly name: string;
  readonly version: string;
  /** Grows by one per release of a name. */
  readonly epoch: number;
  readonly arch: 'amd64' | 'arm64';
  /** Seconds since 1970. */
  readonly created: number;
  readonly image: {
    readonly fileSystem: string;
    readonly size: number;
    readonly sha256: string;
    readonly blockSize: number;
  };
  readonly boot: { readonly kernel: BootFile; readonly initramfs: BootFile };
  readonly kernelArguments: readonly string[];
  readonly verity: {
    readonly rootHash: string;
    readonly salt: string;
    readonly hashOffset: number;
  } | null;
  readonly securityFloor: number;
}

/** The bytes of manifest.json; their SHA-256 is the release's digest. */
export function serialiseManifest(manifest: Manifest): string {
  return canonicalJson({
    ...manifest,
    image: { ...manifest.image },
    boot: { kernel: { ...manifest.boot.kernel }, initramfs: { ...manifest.boot.initramfs } },
    verity: manifest.verity === null ? null : { ...manifest.verity },
  });
}

/** `sha256:` and the hex digest of the manifest's bytes: a release's name everywhere. */
export function releaseDigest(serialised: string): string {
  return `sha256:${createHash('sha256').update(serialised).digest('hex')}`;
}
