import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { Updater } from 'tuf-js';
import { fileName } from '../../src/release/metadata/target-name.ts';
import { initRepository } from '../../src/release/repository/init-repository.ts';
import { publishRelease } from '../../src/release/repository/publish-release.ts';
import { makeTestRelease } from '../../src/release/repository/testing/test-release.ts';
import { testPublisher, testRoot } from '../../src/release/repository/testing/test-repository.ts';
import { serveDirectory } from './repository-http.ts';
import { runTufClient } from './repository-python-tuf.ts';

test('python-tuf and tuf-js verify a repository and download through it', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-python-tuf-'));
  const directory = path.join(dir.path, 'repository');
  const now = new Date();
  const root = await testRoot(now);
  const publisher = await testPublisher(directory, { now, root });
  await initRepository(publisher);
  const release = await makeTestRelease(dir.path, '1.0.0');
  await publishRelease({ ...publisher, folder: release.folder, packs: [] });
  await using server = await serveDirectory(directory);
  const trusted = path.join(dir.path, 'client');
  const downloads = path.join(dir.path, 'downloads');
  await mkdir(trusted);
  await mkdir(downloads);
  await writeFile(path.join(trusted, 'root.json'), root);

  const names = ['manifest.json', 'image.zst'].map((file) => fileName(release.digest, file));
  const result = await runTufClient({ address: server.address, trusted, downloads, names });

  t.deepEqual(result.targets, {
    [fileName(release.digest, 'manifest.json')]: release.digest.slice('sha256:'.length),
    [fileName(release.digest, 'image.zst')]: release.manifest.full.sha256,
  });

  const updater = new Updater({
    metadataDir: await cacheWith(path.join(dir.path, 'tuf-js'), root),
    metadataBaseUrl: `${server.address}/metadata`,
    targetBaseUrl: `${server.address}/targets`,
  });
  await updater.refresh();
  const info = await updater.getTargetInfo(fileName(release.digest, 'image.zst'));
  t.assert(info);
  if (info === undefined) return;
  const file = await updater.downloadTarget(info, path.join(downloads, 'by-tuf-js'));
  t.deepEqual(await readFile(file), await readFile(path.join(release.folder, 'image.zst')));
});

async function cacheWith(folder: string, root: Uint8Array): Promise<string> {
  await mkdir(folder);
  await writeFile(path.join(folder, 'root.json'), root);
  return folder;
}
