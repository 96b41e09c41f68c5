import { parseRepositoryPath, type RepositoryPath } from '../../metadata/repository-path.ts';

/** `/upload/SESSION/commit`, or a file of the repository in the place of `commit`. */
export type UploadAddress =
  | { readonly kind: 'commit'; readonly session: string }
  | { readonly kind: 'file'; readonly session: string; readonly file: RepositoryPath };

/** As strict as the paths that are read: nothing is decoded. */
export function parseUploadAddress(path: string): UploadAddress | undefined {
  const [, session, rest] = /^\/upload\/([0-9a-f]{32})\/(.*)$/s.exec(path) ?? [];
  if (session === undefined || rest === undefined) return undefined;
  if (rest === 'commit') return { kind: 'commit', session };
  const file = parseRepositoryPath(rest);
  return file === undefined ? undefined : { kind: 'file', session, file };
}
