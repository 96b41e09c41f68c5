import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRequest } from '../base.ts';
import { type ByteRange, wholeFile } from '../byte-range.ts';
import { entryPath } from '../../../disk/tar/entry-path.ts';
import { openTarFile } from '../open-tar-file.ts';
import { readTar } from '../tar/read-tar.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import type { ImageFiles } from './layout-store.ts';

/** docker save once wrote a symbolic link for a layer that two images share. */
const MAX_LINKS = 4;

/** The files of an image at a path: a layout directory, or an archive that holds one. */
export async function openImageFiles(file: string, request: BaseRequest): Promise<ImageFiles> {
  const name = path.relative(request.directory, file) || '.';
  if ((await stat(file)).isDirectory()) {
    return { name, find: async (inner) => await findFile(path.join(file, inner)) };
  }
  const range = await openTarFile({ file, name, field: 'base.image' }, request);
  const members = new Map<string, TarEntry>();
  for await (const entry of readTar({ range, name, needsEndMark: false })) {
    const inner = normal(entry.name);
    if (inner !== undefined) members.set(inner, entry);
  }
  return { name, find: (inner) => Promise.resolve(findMember(members, inner)) };
}

async function findFile(file: string): Promise<ByteRange | undefined> {
  try {
    return (await stat(file)).isFile() ? await wholeFile(file) : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function findMember(
  members: ReadonlyMap<string, TarEntry>,
  inner: string,
  links = 0,
): ByteRange | undefined {
  const entry = members.get(inner);
  if (entry?.type === 'file') return wholeContent(entry);
  if (links > MAX_LINKS) return undefined;
  if (entry?.type === 'hardlink') return findMember(members, entry.target, links + 1);
  if (entry?.type !== 'symlink') return undefined;
  const target = path.posix.join(path.posix.dirname(inner), entry.target);
  return findMember(members, target, links + 1);
}

/** Undefined for a file with holes, which no blob has. */
function wholeContent(entry: TarEntry & { readonly type: 'file' }): ByteRange | undefined {
  const [piece, ...others] = entry.content;
  return piece?.kind === 'bytes' && others.length === 0 ? piece : undefined;
}

/** A member that is no plain name is no file of an image: it is never looked up. */
function normal(name: string): string | undefined {
  try {
    return entryPath(name).join('/');
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
