import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { ImageDefinition } from '../definition/schema.ts';
import type { SourceItem, SourceTree } from './definition-files.ts';

/** Reads every `source` of a definition's files; directories with all that is below them, sorted. */
export async function loadSourceFiles(
  files: ImageDefinition['files'],
  directory: string,
): Promise<SourceTree> {
  const sources = files.map((file) => file.source).filter((source) => source !== undefined);
  const loaded = await Promise.all(
    sources.map(
      async (source) => [source, await itemsBelow(path.resolve(directory, source), '')] as const,
    ),
  );
  return new Map(loaded);
}

async function itemsBelow(root: string, below: string): Promise<SourceItem[]> {
  const file = root + below;
  const found = await lstat(file);
  const common = { path: below, isExecutable: (found.mode & 0o111) !== 0 };
  if (found.isSymbolicLink()) return [{ ...common, kind: 'link', content: await readlink(file) }];
  if (!found.isDirectory()) return [{ ...common, kind: 'file', content: await readFile(file) }];
  const names = (await readdir(file)).toSorted();
  const items = await Promise.all(
    names.map(async (name) => await itemsBelow(root, `${below}/${name}`)),
  );
  return [{ ...common, kind: 'directory', content: '' }, ...items.flat()];
}
