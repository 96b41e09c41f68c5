/** A file of a repository, by the one spelling that it has (docs/contracts.md section 4). */
export type RepositoryPath =
  | { readonly kind: 'timestamp'; readonly path: string }
  | {
      readonly kind: 'metadata';
      readonly path: string;
      readonly version: number;
      readonly role: string;
    }
  | { readonly kind: 'target'; readonly path: string; readonly sha256: string };

export const TIMESTAMP_PATH = 'metadata/timestamp.json';

/** Where a directory has files that are being written, and sessions of uploads: below it, so that a rename publishes them. */
export const STAGING = '.staging';

const METADATA = /^metadata\/([1-9][0-9]{0,14})\.([a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?)\.json$/;
const TARGET = /^targets\/([0-9a-f]{64})\.[a-z0-9](?:[a-z0-9.-]{0,158}[a-z0-9])?$/;

/**
 * Nothing is decoded or normalized: what is not spelled exactly like a file of a repository is none. So there is no
 * `..`, `%2e`, NUL, backslash or second slash to be clever about.
 */
export function parseRepositoryPath(path: string): RepositoryPath | undefined {
  if (path === TIMESTAMP_PATH) return { kind: 'timestamp', path };
  const target = TARGET.exec(path);
  if (target?.[1] !== undefined) return { kind: 'target', path, sha256: target[1] };
  const [, version, role] = METADATA.exec(path) ?? [];
  if (version === undefined || role === undefined) return undefined;
  return { kind: 'metadata', path, version: Number(version), role };
}
