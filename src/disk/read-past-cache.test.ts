import { createHash } from 'node:crypto';
import { mkdtempDisposable, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { readPastCache } from './read-past-cache.ts';

const MIB = 2 ** 20;

// /var/tmp can read past the cache, memory file systems of older kernels cannot.
for (const place of ['/var/tmp', '/dev/shm']) {
  test(`gives the bytes of files of any length on ${place}`, async (t) => {
    await using dir = await mkdtempDisposable(path.join(place, 'kubeos-read-'));
    const file = path.join(dir.path, 'file');
    for (const size of [0, 1, 511, 512, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9 * MIB + 77]) {
      const bytes = Buffer.alloc(size, 'some bytes ');
      await writeFile(file, bytes);
      t.is(await digest(file), createHash('sha256').update(bytes).digest('hex'));
    }
  });
}

test('a chunk stays as it is while the next one is asked for', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-read-');
  const file = path.join(dir.path, 'file');
  const parts = [1, 2, 3, 4, 5].map((value) => Buffer.alloc(4 * MIB, value));
  await writeFile(file, Buffer.concat(parts));
  let last: Uint8Array = Buffer.alloc(4 * MIB, 1);
  let index = 0;
  for await (const chunk of readPastCache(file)) {
    // Time for the read that goes on meanwhile.
    await sleep(20);
    t.true(parts[Math.max(0, index - 1)]?.equals(last));
    last = chunk;
    index += 1;
  }
});

test('holes are zeros', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-read-');
  const file = path.join(dir.path, 'file');
  await writeFile(file, 'begin');
  await truncate(file, 10 * MIB);
  const expected = Buffer.alloc(10 * MIB);
  expected.write('begin');
  t.is(await digest(file), createHash('sha256').update(expected).digest('hex'));
});

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readPastCache(file)) hash.update(chunk);
  return hash.digest('hex');
}
