import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { readDataReport } from '../../src/agent/persist/data-report.ts';
import { DATA_PLACES, leaveNode, settleNode } from '../../src/agent/persist/settle-node.ts';
import { startFileScene, type FileScene } from './file-scene.ts';
import { ask, withAgent } from './run-daemon.ts';

type Places = typeof DATA_PLACES;

/** What an image of this data epoch brings, and how its initramfs mounted PERSIST. */
async function imageOf(scene: FileScene, dataEpoch: number): Promise<Places> {
  const { directory, places } = scene.node;
  const at = (name: string): string => path.join(directory, name);
  const hook = (direction: string): string =>
    `#!/bin/sh -e\necho "${direction} $2 $3" >>"$1/var/lib/app/db"\n`;
  const items = [{ name: 'app', paths: ['/var/lib/app'], onRollback: 'keep' }];
  for (const [name, text] of Object.entries({
    'usr/state.json': JSON.stringify({ dataEpoch, items }),
    'usr/migrations/forward/1': hook('forward'),
    'usr/migrations/back/1': hook('back'),
    'run/persist-state': 'writable\n',
  })) {
    await mkdir(path.dirname(at(name)), { recursive: true });
    await writeFile(at(name), text, { mode: 0o755 });
  }
  return {
    ...{ proc: places.proc, sys: places.sys, dev: places.dev, persist: at('persist') },
    ...{ kept: at('persist/kubeos/state'), journal: at('persist/kubeos/state/journal') },
    ...{ persistState: at('run/persist-state'), rules: at('usr/state.json') },
    ...{ hooks: at('usr/migrations'), report: places.dataReport },
    notMigrated: at('run/data-not-migrated'),
  };
}

/** In a process of its own, which may be killed. */
async function settleElsewhere(places: Places): Promise<void> {
  const file = new URL('../../src/agent/persist/settle-node.ts', import.meta.url).href;
  const script = `const { settleNode } = await import(${JSON.stringify(file)});
    await settleNode(${JSON.stringify(places)});`;
  await promisify(execFile)(process.execPath, ['-e', script]);
}

/** Asks the daemon for one thing after the other. */
async function order({ node }: FileScene, calls: readonly string[], body?: object): Promise<void> {
  await withAgent(node, async () => {
    for (const call of calls) {
      const { last } = await ask(node, call, body);
      if (last?.outcome !== 'done') throw new Error(`${call}: ${JSON.stringify(last)}`);
    }
  });
}

test('a node migrates its data on a trial, and back when services stopped before a rollback', async (t) => {
  await using scene = await startFileScene();
  const { node } = scene;
  const two = await scene.publish('1.0.2', { dataEpoch: 1 });
  const db = path.join(node.directory, 'persist/var/lib/app/db');
  const older = await imageOf(scene, 0);
  t.is(await settleNode(older), '\n');
  await mkdir(path.dirname(db), { recursive: true });
  await writeFile(db, 'one\n');
  await order(scene, ['POST /v1/prepare', 'POST /v1/activate'], { release: two.digest });
  t.is((await node.boot()).slot, 'B');
  const newer = await imageOf(scene, 1);
  t.regex(
    await settleNode(newer),
    /data epoch: 1\ndata: migrated the data of 1\.0\.1 from epoch 0/,
  );
  t.is(await readFile(db, 'utf8'), 'one\nforward 0 1\n');
  await order(scene, ['POST /v1/commit']);
  await order(scene, ['POST /v1/rollback']);
  t.regex(await leaveNode(newer), /back from epoch 1 to 0/);
  t.is((await node.boot()).slot, 'A');
  await imageOf(scene, 0);
  t.regex(await settleNode(older), /data: put back what was migrated back \(app\)/);
  t.is(await readFile(db, 'utf8'), 'one\nforward 0 1\nback 1 0\n');
  t.like(await readDataReport(older.report), { epoch: 0, problem: null });
});

test('a PERSIST that cannot be written leaves the data alone, and that is not held against the release', async (t) => {
  await using scene = await startFileScene();
  const places = await imageOf(scene, 0);
  await writeFile(places.persistState, 'read-only e2fsck-4\n');
  t.regex(await settleNode(places), /data is not in order: PERSIST is read-only e2fsck-4/);
  const report = await readDataReport(places.report);
  t.like(report?.problem, { blames: 'node' });
  t.is(await readFile(places.notMigrated, 'utf8'), report?.problem?.message ?? '');
});

test('an image that does not say what its data is is to blame for that itself', async (t) => {
  await using scene = await startFileScene();
  const places = await imageOf(scene, 0);
  for (const text of ['{"dataEpoch":"one"}', '{"dataEpoch":', '']) {
    await writeFile(places.rules, text);
    await settleNode(places);
    const report = await readDataReport(places.report);
    t.like(report?.problem, { blames: 'release' }, text);
    t.regex(report?.problem?.message ?? '', /state\.json/);
  }
});

test('while data is migrated, and after a start that was killed in it, no service takes it for migrated', async (t) => {
  await using scene = await startFileScene();
  const places = await imageOf(scene, 0);
  await settleNode(places);
  await mkdir(path.join(places.persist, 'var/lib/app'), { recursive: true });
  const two = await scene.publish('1.0.2', { dataEpoch: 1 });
  await order(scene, ['POST /v1/prepare', 'POST /v1/activate'], { release: two.digest });
  await scene.node.boot();
  await imageOf(scene, 1);
  const hook = path.join(places.hooks, 'forward/1');
  await writeFile(hook, '#!/bin/sh\nkill -KILL $PPID\n');
  t.like(await t.throwsAsync(settleElsewhere(places)), { signal: 'SIGKILL' });
  t.like(await readDataReport(places.report), { epoch: null, problem: { blames: 'release' } });
  t.regex(await readFile(places.notMigrated, 'utf8'), /has not ended/);
  await writeFile(hook, `#!/bin/sh -e\ncat ${places.notMigrated} >"$1/var/lib/app/seen"\n`);
  await settleNode(places);
  t.like(await readDataReport(places.report), { problem: null });
  const seen = path.join(places.persist, 'var/lib/app/seen');
  t.regex(await readFile(seen, 'utf8'), /has not ended/);
  await t.throwsAsync(readFile(places.notMigrated), { code: 'ENOENT' });
});

/** A node that was upgraded and has migrated its data, by an image that has no way back for them. */
async function migratedForGood(scene: FileScene) {
  const two = await scene.publish('1.0.2', { dataEpoch: 1 });
  const places = await imageOf(scene, 0);
  await settleNode(places);
  await mkdir(path.join(places.persist, 'var/lib/app'), { recursive: true });
  await order(scene, ['POST /v1/prepare', 'POST /v1/activate'], { release: two.digest });
  await scene.node.boot();
  await settleNode(await imageOf(scene, 1));
  await order(scene, ['POST /v1/commit']);
  await rm(path.join(places.hooks, 'back'), { recursive: true });
  return places;
}

const NO_WAY_BACK = { message: /no way back from data epoch 1/ };

test('where nobody knows the epoch of the data, a rollback counts from that of the release', async (t) => {
  await using scene = await startFileScene();
  const places = await migratedForGood(scene);
  await writeFile(places.persistState, 'read-only e2fsck-4\n');
  await settleNode(places);
  await t.throwsAsync(order(scene, ['POST /v1/rollback']), NO_WAY_BACK);
});

test('a rollback past an epoch that the image has no way back from is refused, with the reason', async (t) => {
  await using scene = await startFileScene();
  await migratedForGood(scene);
  await t.throwsAsync(order(scene, ['POST /v1/rollback']), NO_WAY_BACK);
  t.is((await scene.node.boot()).slot, 'B', 'nothing was changed');
});
