import type { TargetCustom } from './target-schema.ts';

/** Digits of a digest in a name; the whole of it stands in `custom`, and is what counts. */
const NAME_DIGITS = 24;

const RELEASE_FILES = {
  release: ['manifest.json'],
  boot: ['boot.cfg', 'boot.sum'],
  blocks: ['image.blocks'],
  image: ['image.zst'],
} as const;

/** `RELEASE.image.zst`: a file of a release folder. */
export function fileName(release: string, file: string): string {
  return `${short(release)}.${file}`;
}

/** `BASE-RELEASE.kdp`: a delta pack. */
export function deltaName(release: string, base: string): string {
  return `${short(base)}-${short(release)}.kdp`;
}

export function channelName(channel: string): string {
  return `channel.${channel}.json`;
}

export function haltName(release: string): string {
  return `halt.${short(release)}.json`;
}

/** `stable` of `channel.stable.json`. */
export function channelOf(name: string): string {
  return name.slice('channel.'.length, -'.json'.length);
}

/** Whether a target of that kind and release is called so. */
export function isTargetName(name: string, custom: TargetCustom): boolean {
  switch (custom.kind) {
    case 'delta':
      return name === deltaName(custom.release, custom.base);
    case 'channel':
      return /^channel\.[a-z][a-z0-9-]{0,30}[a-z0-9]\.json$/.test(name);
    case 'halt':
      return name === haltName(custom.release);
    default:
      return RELEASE_FILES[custom.kind].some((file) => name === fileName(custom.release, file));
  }
}

/** Where a target lies in the repository (specification 5.7.3, consistent snapshots). */
export function storedPath(name: string, sha256: string): string {
  return `targets/${sha256}.${name}`;
}

function short(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + NAME_DIGITS);
}
