import test from 'ava';
import type { DataNode } from './testing/data-node.ts';
import { startDataNode } from './testing/data-node.ts';
import {
  all,
  committed,
  fallback,
  node,
  ONE,
  read,
  THREE,
  trial,
  TWO,
  write,
} from './testing/data-story.ts';

const said = async (one: DataNode): Promise<string> => (await one.journal())?.said?.text ?? '';

test('a release that falls back leaves the data as it was before its trial, and says so', async (t) => {
  await using one = await node();
  await one.boot(trial(TWO, ONE));
  t.deepEqual(await read(one), all('1'));
  await write(one, '2');
  await one.write('/var/lib/app/new', '2');
  await one.boot(trial(TWO, ONE));
  t.deepEqual(await read(one), all('2'));
  await one.boot(fallback(ONE, TWO));
  t.deepEqual(await read(one), all('1'));
  t.is(await one.read('/var/lib/app/new'), null);
  t.regex(await said(one), /^put back what was saved \(app, kubelet\), because 2\.0\.0 ran/);
});

test('what was not there before a trial is not there after it', async (t) => {
  await using one = await startDataNode();
  await one.boot(committed(ONE));
  await one.boot(trial(TWO, ONE));
  await write(one, '2');
  await one.boot(fallback(ONE, TWO));
  t.deepEqual(await read(one), all(null));
});

test('items of the same version are left alone by a fallback', async (t) => {
  await using one = await startDataNode();
  const items = { app: '1.7', kubelet: '1.33' };
  const [old, young] = [
    { ...ONE, items },
    { ...TWO, items: { ...items, kubelet: '1.34' } },
  ];
  await one.boot(committed(old));
  await write(one, '1');
  await one.boot(trial(young, old));
  await write(one, '2');
  await one.boot(fallback(old, young));
  t.deepEqual(await read(one), { db: '2', log: '2', cpu: '1', more: '1' });
});

test('after a commit nothing old comes back: what another version wrote goes aside where that is cheap', async (t) => {
  await using one = await node();
  await one.boot(trial(TWO, ONE));
  await write(one, '2');
  await one.boot(committed(TWO, ONE));
  await one.boot(committed(ONE, TWO));
  t.deepEqual(await read(one), { db: '2', log: '2', cpu: null, more: null });
  t.regex(await said(one), /^moved aside \(kubelet\)/);
  await write(one, '1 again');
  await one.boot(committed(TWO, ONE));
  t.deepEqual(await read(one), all('1 again'));
});

test('data of an older epoch is migrated on a trial, and comes back as it was', async (t) => {
  await using one = await node();
  await one.boot(trial(THREE, ONE));
  const migrated = { db: '1 forward/1 forward/2', log: '1', cpu: null, more: '1' };
  t.deepEqual(await read(one), migrated);
  t.regex(await said(one), /migrated the data of 1\.0\.0 from epoch 0 to 2/);
  await one.boot(fallback(ONE, THREE));
  t.deepEqual(await read(one), all('1'));
});

test('a rollback migrates back what was written since; without that, the data of then comes back', async (t) => {
  await using one = await node();
  await one.boot(trial(THREE, ONE));
  await one.boot(committed(THREE, ONE));
  await write(one, '3');
  await using cut = await one.copy();
  t.regex((await one.leave(committed(THREE, ONE))) ?? '', /from epoch 2 to 0/);
  await one.boot(committed(ONE, THREE));
  t.deepEqual(await read(one), { db: '3 back/2 back/1', log: '3', cpu: null, more: '3' });
  await cut.boot(committed(ONE, THREE));
  t.deepEqual(await read(cut), all('1'));
  t.regex(await said(cut), /put back what was saved/);
});

test('a rollback that was taken back, or was not to an older epoch, changes nothing', async (t) => {
  await using one = await node();
  await one.boot(trial(THREE, ONE));
  await one.boot(committed(THREE, ONE));
  await write(one, '3');
  await one.leave(committed(THREE, ONE));
  await one.boot(committed(THREE, ONE));
  t.deepEqual(await read(one), all('3'));
  t.is(await one.leave(committed(THREE, { ...ONE, dataEpoch: 2 })), null);
});

test('a hook that fails leaves the data as it is, and blames the release', async (t) => {
  await using one = await node();
  const bad = { ...trial(THREE, ONE), isHookBad: true };
  const outcome = await one.boot(bad);
  t.like(outcome?.problem, { blames: 'release', message: 'forward/1 ended with 1' });
  t.deepEqual(await read(one), all('1'));
  await write(one, 'what its services did to it');
  await one.boot(bad);
  await one.boot(fallback(ONE, THREE));
  t.deepEqual(await read(one), all('1'));
});

test('what cannot be saved is not migrated, which blames the node; a trial goes on without', async (t) => {
  await using one = await node();
  const full = { ...trial(THREE, ONE), freeBytes: 0 };
  t.like((await one.boot(full))?.problem, { blames: 'node' });
  t.deepEqual(await read(one), all('1'));
  t.is((await one.boot(trial(THREE, ONE)))?.problem, null);
  await using two = await node();
  t.is((await two.boot({ ...trial(TWO, ONE), freeBytes: 0 }))?.problem, null);
  t.regex(await said(two), /was not saved/);
  await write(two, '2');
  await two.boot(fallback(ONE, TWO));
  t.deepEqual(await read(two), { db: '2', log: '2', cpu: null, more: null });
});

test('a copy that finds no room is no fault of the hooks: it blames the node', async (t) => {
  await using one = await node();
  await one.boot({ ...trial(THREE, ONE), isHookBad: true });
  const outcome = await one.boot({ ...trial(THREE, ONE), isCopyBad: true });
  t.is(outcome?.problem?.blames, 'node');
  t.regex(outcome?.problem?.message ?? '', /could not be copied/);
  t.deepEqual(await read(one), all('1'));
  t.is((await one.boot(trial(THREE, ONE)))?.problem, null);
});

test('data of a newer epoch that nothing leads back from is left alone, and that is said', async (t) => {
  await using one = await startDataNode();
  await one.boot(committed(THREE));
  await write(one, '3');
  const outcome = await one.boot(committed(ONE, THREE));
  t.regex(outcome?.problem?.message ?? '', /is of epoch 2, of 3\.0\.0; 1\.0\.0 reads epoch 0/);
  t.deepEqual(await read(one), all('3'));
});

test('an older release on trial finds data of its epoch, and the newer one its own after it', async (t) => {
  await using one = await startDataNode();
  const newer = committed(THREE, ONE);
  await one.boot(newer);
  await write(one, '3');
  await one.leave(newer);
  await one.boot(trial(ONE, THREE));
  t.deepEqual(await read(one), { db: '3 back/2 back/1', log: '3', cpu: null, more: '3' });
  await write(one, '1');
  await one.boot(fallback(THREE, ONE));
  t.deepEqual(await read(one), all('3'));
});

test('an older release on trial whose items all stay may fail, too: what was there before it comes back', async (t) => {
  await using one = await startDataNode();
  const [old, young] = [
    { ...ONE, items: { app: '1', kubelet: '1.33' } },
    { ...TWO, items: { app: '2', kubelet: '1.33' } },
  ];
  await one.boot(committed(young, old));
  await write(one, '2');
  await one.boot(trial(old, young));
  t.deepEqual(await read(one), all('2'));
  await write(one, '1');
  await one.boot(fallback(young, old));
  t.deepEqual(await read(one), { db: '2', log: '2', cpu: '1', more: '1' });
});
