import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { publishRelease } from './publish-release.ts';
import { makeTestRelease } from './testing/test-release.ts';
import { makeTestRepository, testPublisher } from './testing/test-repository.ts';
import { verifyPublished } from './verify-published.ts';

const ROUNDS = 40;

/** Publishes, and says when it begins to. */
const program = `
  import { publishRelease } from '${import.meta.resolve('./publish-release.ts')}';
  import { testPublisher } from '${import.meta.resolve('./testing/test-repository.ts')}';
  const [directory, folder] = process.argv.slice(2);
  const publisher = await testPublisher(directory);
  process.stdout.write('begin');
  await publishRelease({ ...publisher, folder, packs: [] });
`;

test('a publisher killed at any moment leaves a good repository, and the next one finishes', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-sigkill-'));
  const before = path.join(dir.path, 'before');
  const publisher = await makeTestRepository(before);
  const first = await makeTestRelease(dir.path, '1.0.0', 0.1);
  await publishRelease({ ...publisher, folder: first.folder, packs: [] });
  const second = await makeTestRelease(dir.path, '1.0.1', 4);
  const script = path.join(dir.path, 'publish.ts');
  await writeFile(script, program);
  for (let round = 0; round < ROUNDS; round += 1) {
    const directory = path.join(dir.path, String(round));
    await cp(before, directory, { recursive: true });
    const child = spawn(process.execPath, [script, directory, second.folder]);
    const ended = once(child, 'exit');
    await Promise.race([once(child.stdout, 'data'), ended]);
    await sleep((round * 400) / ROUNDS);
    child.kill('SIGKILL');
    await ended;

    const client = { ...(await testPublisher(directory)), depth: 'bytes' } as const;
    const left = await verifyPublished(client);
    t.true(left.complete.includes(first.digest));
    t.deepEqual([...left.missing, ...left.damaged], []);
    await publishRelease({ ...client, folder: second.folder, packs: [] });
    const { complete } = await verifyPublished(client);
    t.deepEqual(complete.toSorted(), [first.digest, second.digest].toSorted());
  }
});
