import test from 'ava';
import { orderFrom } from '../slots/node-state.ts';
import { runTwo, RELEASES, two, GOAL } from '../testing/crash-scenarios.ts';
import { TestNode } from '../testing/test-node.ts';
import { ROOT_BYTES, testRelease } from '../testing/test-release.ts';
import { freshContent } from '../testing/virtual-disk.ts';
import { activateSlot, deactivateSlot, rollBackSlot } from './switch-slot.ts';

const RETRY = { allowOlder: false, allowFailed: true };
const DIGEST = two.verified.digest;

/** Runs 2.0.0 in slot B, committed; 1.0.0 is in slot A. */
async function committedTwo(): Promise<TestNode> {
  const node = new TestNode(freshContent(testRelease('1.0.0', 1), ROOT_BYTES), RELEASES);
  await runTwo(node);
  return node;
}

/** The first byte of its kernel is another one. */
const damage = (node: TestNode, slot: 'A' | 'B'): void =>
  void node.content[`root-${slot}`].writeUInt8(node.content[`root-${slot}`].readUInt8(0) ^ 1, 0);

test('a committed slot that GRUB refused has failed, is not the next one, and is written again', async (t) => {
  const node = await committedTwo();
  damage(node, 'B');
  t.is(node.boot()?.slot, 'A');
  const { records, environment } = await node.settle();
  t.is(records.B.state, 'bad');
  t.like(records.failed, { 0: { digest: DIGEST, reason: { code: 'NOT_LOADED' } }, length: 1 });
  t.deepEqual(environment, { order: 'A B', A: { ok: true, tries: 0 }, B: { ok: false, tries: 0 } });
  await t.throwsAsync(node.prepare(two), { message: /^this release failed on this node before/ });
  await node.prepare(two, RETRY);
  await activateSlot(node.running, DIGEST);
  t.is(node.boot()?.slot, 'B');
});

test('another release may be written over it at once', async (t) => {
  const node = await committedTwo();
  damage(node, 'B');
  node.boot();
  await node.prepare(GOAL);
  await activateSlot(node.running, GOAL.verified.digest);
  t.is(node.boot()?.release, GOAL);
});

test('a rollback stays what it is, however often the agent starts in that boot', async (t) => {
  const node = await committedTwo();
  await rollBackSlot(node.running);
  for (let start = 0; start < 2; start += 1) {
    const { records, environment } = await node.settle();
    t.like(records, { A: { state: 'good' }, failed: [] });
    t.is(environment.order, orderFrom('A'));
  }
  await deactivateSlot(node.running);
  await rollBackSlot(node.running);
  t.is(node.boot()?.slot, 'A');
  t.is((await node.settle()).records.B.state, 'good');
});

test('a rollback to a slot that GRUB refuses ends with the next boot', async (t) => {
  const node = await committedTwo();
  await rollBackSlot(node.running);
  damage(node, 'A');
  t.is(node.boot()?.slot, 'B');
  const { records, environment } = await node.settle();
  t.is(records.A.state, 'bad');
  t.is(records.failed[0]?.reason.code, 'NOT_LOADED');
  t.is(environment.order, orderFrom('B'));
});

test('without records it is known as well, and by what the slot says that it holds', async (t) => {
  const node = await committedTwo();
  node.content.records.fill(0);
  damage(node, 'B');
  node.boot();
  const { records } = await node.settle();
  t.like(records.B, { state: 'bad', release: { digest: DIGEST } });
  t.is(records.failed[0]?.digest, DIGEST);
});

test('a cut before the block follows the records loses nothing; and a slot that comes up after all is good again', async (t) => {
  const node = await committedTwo();
  damage(node, 'B');
  const before = Buffer.from(node.content.environment);
  for (let cut = 0; cut < 2; cut += 1) {
    before.copy(node.content.environment);
    t.is(node.boot()?.slot, 'A');
    const { records, environment } = await node.settle();
    t.like(records, { B: { state: 'bad' }, failed: { length: 1 } });
    t.is(environment.order, orderFrom('A'));
  }
  before.copy(node.content.environment);
  damage(node, 'B');
  t.is(node.boot()?.slot, 'B');
  const { records, environment } = await node.settle();
  t.is(records.B.state, 'good');
  t.deepEqual(environment.B, { ok: true, tries: 0 });
});

test('a block that was damaged blames no slot, and what runs stays the next one', async (t) => {
  const node = await committedTwo();
  node.boot();
  node.content.environment.fill(0);
  for (let start = 0; start < 2; start += 1) {
    const { records, environment } = await node.settle();
    t.like(records, { A: { state: 'good' }, failed: [] });
    t.is(environment.order, orderFrom('B'));
  }
});
