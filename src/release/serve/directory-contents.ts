import { keepFilesOpen } from './kept-files.ts';
import type { Content, FindContent, Origin } from './content.ts';
import { openInside, type OpenInside } from './open-inside.ts';
import type { RepositoryPath } from './repository-path.ts';
import { observeFile, SharedFile } from './shared-file.ts';

export interface DirectoryContents extends AsyncDisposable {
  readonly find: FindContent;
}

/** What a directory holds, read from there. */
export async function directoryContents(
  directory: string,
  origin: Origin = 'disk',
): Promise<DirectoryContents> {
  const open = await openInside(directory);
  const keep = keepFilesOpen((path) => openShared(open, path));
  return {
    find: async ({ path }) => {
      // The timestamp is replaced: only the one that its name has now counts.
      const file = path.kind === 'timestamp' ? await openShared(open, path) : await keep(path);
      return file === undefined ? undefined : contentOf(file, origin);
    },
    [Symbol.asyncDispose]: () => keep[Symbol.asyncDispose](),
  };
}

async function openShared(open: OpenInside, path: RepositoryPath): Promise<SharedFile | undefined> {
  const handle = await open(path);
  if (handle === undefined) return undefined;
  try {
    return new SharedFile(handle, await observeFile(handle, path));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function contentOf(file: SharedFile, origin: Origin): Content {
  return {
    ...file.facts,
    origin,
    headers: {},
    read: (buffer, position) => file.read(buffer, position),
    [Symbol.asyncDispose]: () => file.leave(),
  };
}
