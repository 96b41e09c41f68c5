import type { ImageDefinition } from '../definition/schema.ts';
import { KubeosError } from '../../errors.ts';
import { idOf, type AccountFiles } from './accounts.ts';
import type { TreeEntry } from './tree-entry.ts';

type FileField = ImageDefinition['files'][number];

/** A file or directory of the build host, read before planning. */
export type SourceTree = ReadonlyMap<string, readonly SourceItem[]>;

export interface SourceItem {
  /** Below the source: empty for the source itself, otherwise with a leading "/". */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link';
  readonly isExecutable: boolean;
  readonly content: Uint8Array | string;
}

/** The `files:` of a definition as entries of the tree, in the order written. */
export function planDefinitionFiles(
  files: readonly FileField[],
  sources: SourceTree,
  accounts: AccountFiles,
): TreeEntry[] {
  return files.flatMap((file) => {
    const owner = ownerOf(file.owner, accounts);
    if (file.source === undefined) return [writtenEntry(file, owner)];
    return (sources.get(file.source) ?? []).map((item) => sourceEntry(file, item, owner));
  });
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

function writtenEntry(file: FileField, owner: Owner): TreeEntry {
  const { path } = file;
  if (file.link !== undefined) return { kind: 'link', path, target: file.link, ...owner };
  if (file.directory === true)
    return { kind: 'directory', path, mode: modeOf(file, 0o755), ...owner };
  return { kind: 'file', path, mode: modeOf(file, 0o644), content: file.content ?? '', ...owner };
}

function sourceEntry(file: FileField, item: SourceItem, owner: Owner): TreeEntry {
  const path = file.path + item.path;
  switch (item.kind) {
    case 'link':
      return { kind: 'link', path, target: String(item.content), ...owner };
    case 'directory':
      return { kind: 'directory', path, mode: 0o755, isOnTheWay: true, ...owner };
    case 'file':
      return {
        ...{ kind: 'file', path, content: item.content },
        ...{ mode: modeOf(file, item.isExecutable ? 0o755 : 0o644), ...owner },
      };
    default:
      return item.kind satisfies never;
  }
}

function modeOf(file: FileField, otherwise: number): number {
  return file.mode === undefined ? otherwise : Number.parseInt(file.mode, 8);
}

function ownerOf(owner: string, accounts: AccountFiles): Owner {
  const [user = '', group = ''] = owner.split(':');
  return {
    uid: numericId(user, accounts.passwd, owner),
    gid: numericId(group, accounts.group, owner),
  };
}

function numericId(name: string, text: string, owner: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  const id = idOf(text, name);
  if (id !== undefined) return id;
  throw new KubeosError(
    'DEFINITION_INVALID',
    `owner ${owner}: the image has no account "${name}"`,
    {
      hint: 'add the account under users, or write the number',
    },
  );
}
