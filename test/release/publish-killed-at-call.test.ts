import { cp, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { execa } from 'execa';
import { publishRelease } from '../../src/release/repository/publish-release.ts';
import { makeTestRelease } from '../../src/release/repository/testing/test-release.ts';
import {
  makeTestRepository,
  testPublisher,
} from '../../src/release/repository/testing/test-repository.ts';
import { verifyPublished } from '../../src/release/repository/verify-published.ts';

const PRELOAD = fileURLToPath(new URL('kill-at-call.ts', import.meta.url));

const program = `
  import { publishRelease } from '${import.meta.resolve('../../src/release/repository/publish-release.ts')}';
  import { testPublisher } from '${import.meta.resolve('../../src/release/repository/testing/test-repository.ts')}';
  const [directory, folder] = process.argv.slice(2);
  await publishRelease({ ...(await testPublisher(directory)), folder, packs: [] });
`;

test('a publisher killed before any write, flush or rename leaves a good repository, and the next one finishes', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-killed-'));
  const before = path.join(dir.path, 'before');
  const publisher = await makeTestRepository(before);
  const first = await makeTestRelease(dir.path, '1.0.0', 0.1);
  await publishRelease({ ...publisher, folder: first.folder, packs: [] });
  const second = await makeTestRelease(dir.path, '1.0.1', 0.1);
  const script = path.join(dir.path, 'publish.ts');
  await writeFile(script, program);
  for (let call = 1; ; call += 1) {
    const directory = path.join(dir.path, 'repository');
    await cp(before, directory, { recursive: true });
    const args = ['--import', PRELOAD, script, directory, second.folder];
    const env = { KUBEOS_KILL_AT: String(call) };
    const { signal, stdout } = await execa(process.execPath, args, { env, reject: false });

    const client = { ...(await testPublisher(directory)), depth: 'bytes' } as const;
    const left = await verifyPublished(client);
    t.true(left.complete.includes(first.digest), `call ${call}`);
    t.deepEqual([...left.missing, ...left.damaged], [], `call ${call}`);
    await publishRelease({ ...client, folder: second.folder, packs: [] });
    const { complete } = await verifyPublished(client);
    t.deepEqual(complete.toSorted(), [first.digest, second.digest].toSorted(), `call ${call}`);
    if (signal !== 'SIGKILL') {
      t.log(stdout);
      t.is(stdout, `${call - 1} calls`);
      break;
    }
    await execa('rm', ['-rf', directory]);
  }
});
