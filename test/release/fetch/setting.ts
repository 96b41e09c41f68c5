import { mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import { serveFiles, type Handler } from './origin.ts';
import { putRelease, testImage, type TestRelease } from './test-release.ts';

export interface Setting extends AsyncDisposable {
  readonly release: TestRelease;
  readonly digest: string;
  readonly repository: string;
  readonly output: string;
}

/** A repository with one release, in a directory that is removed. */
export async function setting(blocks = 5): Promise<Setting> {
  const dir = await mkdtempDisposable('/var/tmp/kubeos-fetch-');
  const repository = path.join(dir.path, 'repository');
  const release = await putRelease(repository, testImage(blocks));
  const output = path.join(dir.path, 'out');
  const dispose = async (): Promise<void> => await dir.remove();
  return { release, digest: release.digest, repository, output, [Symbol.asyncDispose]: dispose };
}

/** The handler of image.zst; everything else comes as it should. */
export const onImage =
  (repository: string, handler: Handler): Handler =>
  (request, response) =>
    (request.url ?? '').endsWith('image.zst')
      ? handler(request, response)
      : serveFiles(repository)(request, response);
