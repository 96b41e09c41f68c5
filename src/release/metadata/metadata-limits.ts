const DAY_MS = 24 * 3600 * 1000;

export type MetadataRole = 'root' | 'timestamp' | 'snapshot' | 'targets' | 'halt';

/** Bytes of a metadata file; nothing longer is read. About a thousand releases fit into `targets`. */
export const MAX_METADATA_BYTES: Readonly<Record<MetadataRole, number>> = {
  root: 2 ** 19,
  timestamp: 2 ** 14,
  snapshot: 2 ** 16,
  targets: 2 ** 22,
  halt: 2 ** 20,
};

/** The longest time, in milliseconds, from now to the end of a role's metadata: a stolen key signs no further ahead. */
export const MAX_LIFETIME_MS: Readonly<Record<MetadataRole, number>> = {
  root: 800 * DAY_MS,
  timestamp: 14 * DAY_MS,
  snapshot: 62 * DAY_MS,
  targets: 400 * DAY_MS,
  halt: 400 * DAY_MS,
};

/** Far above what a repository reaches, far below where numbers lose digits. */
export const MAX_VERSION = 2 ** 31 - 1;

/** Roots that are followed in one go (specification 5.3.3). */
export const MAX_ROOTS = 256;
