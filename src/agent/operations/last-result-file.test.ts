import { mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { readLastResult, writeLastResult } from './last-result-file.ts';
import type { OperationResult } from './operation.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-last-'));

const result = (id: number, until: string): OperationResult => ({
  ...{ id, kind: 'commit', release: null, since: until, until, outcome: 'done' },
  ...{ phases: [], transfer: null, error: null },
});
const EARLIER = result(1, '2026-01-01T00:00:00.000Z');
const LATER = result(2, '2026-01-02T00:00:00.000Z');

test('the last result survives, and the newest is found wherever it was kept', async (t) => {
  await using dir = await temporary();
  const [first, second] = ['persist/a.json', 'run/b.json'].map((name) => path.join(dir.path, name));
  const files = [first ?? '', second ?? ''];
  t.is(await readLastResult(files), null);
  await writeLastResult(files, EARLIER);
  t.deepEqual(await readLastResult(files), EARLIER);
  t.deepEqual(await readdir(path.join(dir.path, 'persist')), ['a.json']);
  await writeLastResult(files.slice(1), LATER);
  t.deepEqual(await readLastResult(files), LATER);
});

test('where the first place cannot be written the second is, and damage is nothing', async (t) => {
  await using dir = await temporary();
  const blocked = path.join(dir.path, 'file');
  await writeFile(blocked, '');
  const files = [path.join(blocked, 'a.json'), path.join(dir.path, 'run/b.json')];
  await writeLastResult(files, EARLIER);
  t.deepEqual(await readLastResult(files), EARLIER);
  await t.throwsAsync(writeLastResult(files.slice(0, 1), EARLIER));
  await mkdir(path.join(dir.path, 'damaged'));
  const damaged = path.join(dir.path, 'damaged/a.json');
  await writeFile(damaged, '{"id":1');
  t.deepEqual(await readLastResult([damaged, ...files]), EARLIER);
});
