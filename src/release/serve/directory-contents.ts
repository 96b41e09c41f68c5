import { keepCurrent } from './keep-current.ts';
import { keepFilesOpen } from './kept-files.ts';
import type { Content, FindContent, Origin } from './content.ts';
import { openInside } from './open-inside.ts';
import { openShared } from './open-shared.ts';
import { TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import type { SharedFile } from './shared-file.ts';

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
  const current = keepCurrent(open, { kind: 'timestamp', path: TIMESTAMP_PATH });
  return {
    find: async ({ path }) => {
      const file = path.kind === 'timestamp' ? await current() : await keep(path);
      return file === undefined ? undefined : contentOf(file, origin);
    },
    async [Symbol.asyncDispose]() {
      await current[Symbol.asyncDispose]();
      await keep[Symbol.asyncDispose]();
    },
  };
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
