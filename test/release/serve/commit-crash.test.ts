import { cp, mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { verifyRepository } from '../../../src/release/metadata/verify-repository.ts';
import { checkSignedFrom } from '../../../src/release/serve/upload/check-signed.ts';
import { commitFiles, type CommitFiles } from '../../../src/release/serve/upload/commit-files.ts';
import { commitSession } from '../../../src/release/serve/upload/commit-session.ts';
import { timestampDigest } from '../../../src/release/serve/upload/stage-file.ts';
import { addFile } from './serve-scene.ts';
import { signedRepository } from './signed-repository.ts';

const SESSION = 'a'.repeat(32);

class Stopped extends Error {}

/** Does so many steps of a commit, then none: as if the machine had stopped. */
function stoppedAfter(steps: number): {
  readonly files: CommitFiles;
  readonly isStopped: () => boolean;
} {
  let left = steps;
  const step =
    <Args extends readonly unknown[], Result>(act: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      left -= 1;
      if (left < 0) throw new Stopped();
      return await act(...args);
    };
  const { makeFolder, write, rename, flush, remove } = commitFiles;
  return {
    files: {
      makeFolder: step(makeFolder),
      write: step(write),
      rename: step(rename),
      flush: step(flush),
      remove: step(remove),
    },
    isStopped: () => left < 0,
  };
}

/** As a client: metadata verifies, and every listed file is there with its length. @returns the version */
async function publishedVersion(directory: string, root: Uint8Array): Promise<number> {
  const read = async (file: string): Promise<Uint8Array | null> =>
    await readFile(path.join(directory, 'metadata', file)).catch(() => null);
  const verified = await verifyRepository({ root, read, now: new Date(), known: null });
  for (const [name, { hashes, length }] of Object.entries(verified.targets.targets)) {
    const bytes = await readFile(path.join(directory, `targets/${hashes.sha256}.${name}`));
    if (bytes.length !== length) throw new Error(`${name} is not whole`);
  }
  return verified.timestamp.version;
}

test('a commit that is stopped after any step leaves a valid repository, and finishes the next time', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-commit-'));
  const repository = signedRepository();
  const start = path.join(folder.path, 'start');
  for (const [file, bytes] of repository.state(1)) await addFile(start, file, bytes);
  const staged = path.join(start, '.staging', SESSION);
  for (const [file, bytes] of repository.state(2)) await addFile(staged, file, bytes);
  await writeFile(path.join(staged, 'base'), await timestampDigest(start));
  const seen = new Set<number>();
  for (let steps = 0, isDone = false; !isDone; steps += 1) {
    const directory = path.join(folder.path, `after-${steps}`);
    await mkdir(directory);
    await cp(start, directory, { recursive: true });
    const request = {
      directory,
      session: SESSION,
      expected: null,
      check: checkSignedFrom(repository.root),
      lockMs: 0,
    };
    const { files, isStopped } = stoppedAfter(steps);
    try {
      await commitSession({ ...request, files });
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
    isDone = !isStopped();
    seen.add(await publishedVersion(directory, repository.root));
    const again = await commitSession(request);
    t.is(again.kind, 'published');
    t.is(await publishedVersion(directory, repository.root), 2);
  }
  t.deepEqual([...seen], [1, 2]);
});
