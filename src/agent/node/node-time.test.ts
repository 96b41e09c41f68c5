import { mkdtempDisposable, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { nodeTime } from './node-time.ts';

const BUILT = new Date('2026-03-01T00:00:00Z');

test('a clock that is behind the image is not believed, and one that is ahead is', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-time-'));
  const file = path.join(dir.path, 'clock-epoch');
  await writeFile(file, '');
  await utimes(file, BUILT, BUILT);
  const at = async (clock: string) => (await nodeTime(file, () => new Date(clock)))();
  t.deepEqual(await at('1970-01-01T00:00:00Z'), BUILT);
  t.deepEqual(await at('2046-03-01T00:00:00Z'), new Date('2046-03-01T00:00:00Z'));
  const without = await nodeTime(`${file}.gone`, () => new Date(5));
  t.deepEqual(without(), new Date(5));
});
