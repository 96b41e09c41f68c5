import test from 'ava';
import type { Booted } from '../testing/boot-node.ts';
import { TestNode } from '../testing/test-node.ts';
import { ROOT_BYTES, testRelease, type TestRelease } from '../testing/test-release.ts';
import { freshContent } from '../testing/virtual-disk.ts';
import {
  activateSlot,
  commitSlot,
  deactivateSlot,
  recordExplanation,
  recordRefusal,
  rollBackSlot,
} from './switch-slot.ts';

const NO = { allowOlder: false, allowFailed: false };
const one = testRelease('1.0.0', 1);
const two = testRelease('2.0.0', 2, { securityFloor: 1 });
const three = testRelease('3.0.0', 3, { securityFloor: 3 });
const RELEASES = [one, two, three];

const node = (): TestNode => new TestNode(freshContent(one, ROOT_BYTES), RELEASES);
const versionOf = (booted: Booted | null) => booted?.release.verified.manifest.version;

const digestOf = ({ verified }: TestRelease): string => verified.digest;

/** A node that was upgraded to 2.0.0, and has committed it. */
async function committedTwo() {
  const it = node();
  await it.prepare(two);
  await activateSlot(it.running, digestOf(two));
  it.boot();
  await commitSlot(it.running);
  return it;
}

test('prepare, activate, restart, commit; and again into the other slot', async (t) => {
  const it = node();
  t.is((await it.prepare(two))?.blocksWritten, 1);
  t.is(await it.prepare(two), null);
  t.is(versionOf(it.boot()), '1.0.0');
  await activateSlot(it.running, digestOf(two));
  await activateSlot(it.running, digestOf(two));
  t.is(versionOf(it.boot()), '2.0.0');
  t.is((await it.settle()).records.B.state, 'trial');
  await t.throwsAsync(it.prepare(three), { code: 'REFUSED', message: /runs on trial/ });
  await commitSlot(it.running);
  t.is((await it.settle()).records.B.state, 'good');
  t.is(versionOf(it.boot()), '2.0.0');
  await it.prepare(three);
  await activateSlot(it.running, digestOf(three));
  t.is(versionOf(it.boot()), '3.0.0');
  await commitSlot(it.running);
  t.deepEqual((await it.settle()).environment, {
    order: 'A B',
    A: { ok: true, tries: 0 },
    B: { ok: true, tries: 0 },
  });
  await t.throwsAsync(rollBackSlot(it.running), { code: 'REFUSED', message: /security floor 3/ });
});

test('a trial that nobody commits falls back, and its release is not prepared again', async (t) => {
  const it = node();
  await it.prepare(two);
  await activateSlot(it.running, digestOf(two));
  for (const boot of [1, 2, 3]) t.is(versionOf(it.boot()), '2.0.0', `boot ${boot}`);
  t.is(versionOf(it.boot()), '1.0.0');
  const { records, environment } = await it.settle();
  t.is(records.B.state, 'bad');
  t.is(records.failed[0]?.digest, digestOf(two));
  t.deepEqual(environment, { order: 'A B', A: { ok: true, tries: 0 }, B: { ok: false, tries: 0 } });
  await t.throwsAsync(it.prepare(two), { code: 'REFUSED', message: /failed on this node/ });
  await t.notThrowsAsync(it.prepare(two, { ...NO, allowFailed: true }));
  await it.prepare(three);
});

const recordedReason = async (it: TestNode) => (await it.settle()).records.failed[0]?.reason;

test('why a trial fell back is what its boots left behind, unless that is known better', async (t) => {
  const it = node();
  await it.prepare(two);
  await activateSlot(it.running, digestOf(two));
  for (const _ of [1, 2, 3, 4]) it.boot();
  t.is((await recordedReason(it))?.code, 'FELL_BACK');
  const nothing = { reason: null, lines: [] };
  const said = { reason: 'Kernel panic', lines: [] };
  await recordExplanation(it.running, digestOf(three), said);
  await recordExplanation(it.running, digestOf(two), nothing);
  t.regex((await recordedReason(it))?.message ?? '', /came up; nothing was written/);
  await recordExplanation(it.running, digestOf(two), said);
  t.deepEqual(await recordedReason(it), { code: 'FELL_BACK', message: 'Kernel panic' });
  t.is((await it.settle()).records.failed.length, 1);
});

test('what the health gate said is kept, whatever was left behind', async (t) => {
  const it = node();
  await it.prepare(two);
  await activateSlot(it.running, digestOf(two));
  it.boot();
  const unhealthy = { code: 'UNHEALTHY', message: 'kubelet does not answer' };
  await recordRefusal(it.running, unhealthy);
  for (const _ of [1, 2, 3]) it.boot();
  await recordExplanation(it.running, digestOf(two), { reason: 'a line', lines: [] });
  t.deepEqual(await recordedReason(it), unhealthy);
});

test('of a release that is tried again the last trial says why; until then, and where it is not tried, the one before', async (t) => {
  const it = node();
  const activate = async (): Promise<void> => {
    await it.prepare(two, { ...NO, allowFailed: true });
    await activateSlot(it.running, digestOf(two));
  };
  await activate();
  it.boot();
  await recordRefusal(it.running, { code: 'UNHEALTHY', message: 'kubelet does not answer' });
  for (const _ of [1, 2, 3]) it.boot();
  await activate();
  t.is((await recordedReason(it))?.code, 'UNHEALTHY');
  await deactivateSlot(it.running);
  t.is((await recordedReason(it))?.code, 'UNHEALTHY');
  await activate();
  for (const _ of [1, 2, 3, 4]) it.boot();
  t.is((await recordedReason(it))?.code, 'FELL_BACK');
  await recordExplanation(it.running, digestOf(two), { reason: 'Kernel panic', lines: [] });
  t.is((await recordedReason(it))?.message, 'Kernel panic');
  await activate();
  it.content['root-B'].fill(1, 0, 1);
  it.boot();
  t.is((await recordedReason(it))?.code, 'NOT_LOADED');
});

test('a release that commits at its second try has not failed', async (t) => {
  const it = node();
  await it.prepare(two);
  await activateSlot(it.running, digestOf(two));
  it.boot();
  await recordRefusal(it.running, { code: 'UNHEALTHY', message: 'kubelet does not answer' });
  it.boot();
  t.is((await it.settle()).records.failed.length, 1);
  await commitSlot(it.running);
  t.deepEqual((await it.settle()).records.failed, []);
});

test('a slot that GRUB refused is known to be damaged', async (t) => {
  const it = node();
  await it.prepare(two);
  await activateSlot(it.running, digestOf(two));
  it.content['root-B'].fill(1, 0, 1);
  t.is(versionOf(it.boot()), '1.0.0');
  t.is((await recordedReason(it))?.code, 'NOT_LOADED');
});

test('a rollback boots the other slot without counting', async (t) => {
  const it = await committedTwo();
  await rollBackSlot(it.running);
  t.is(versionOf(it.boot()), '1.0.0');
  t.is((await it.settle()).records.A.state, 'good');
  await rollBackSlot(it.running);
  t.is(versionOf(it.boot()), '2.0.0');
  it.content['root-A'].fill(1, 5000, 5001);
  await t.throwsAsync(rollBackSlot(it.running), { code: 'REFUSED', message: /is damaged/ });
  t.is(versionOf(it.boot()), '2.0.0');
});

test('a rollback that is asked for on a trial is taken back by no commit but one that may', async (t) => {
  const it = node();
  await it.prepare(two);
  await activateSlot(it.running, digestOf(two));
  it.boot();
  await it.settle();
  await rollBackSlot(it.running);
  const refused = { code: 'REFUSED', message: /slot A is to boot next/ };
  await t.throwsAsync(commitSlot(it.running), refused);
  t.is((await it.settle()).environment.order, 'A B');
  await commitSlot(it.running, { takesBack: true });
  t.is(versionOf(it.boot()), '2.0.0');
  t.is((await it.settle()).records.B.state, 'good');
});

test('an activation is taken back before the restart', async (t) => {
  const it = node();
  await it.prepare(two);
  await activateSlot(it.running, digestOf(two));
  await t.throwsAsync(it.prepare(three), { code: 'REFUSED', message: /is activated/ });
  await deactivateSlot(it.running);
  t.is(versionOf(it.boot()), '1.0.0');
  t.is((await it.settle()).records.B.state, 'written');
});

test('a rollback is taken back before the restart, and can be asked for again', async (t) => {
  const it = await committedTwo();
  await rollBackSlot(it.running);
  await t.throwsAsync(it.prepare(three), { code: 'REFUSED', message: /what a rollback makes/ });
  await deactivateSlot(it.running);
  t.is(versionOf(it.boot()), '2.0.0');
  t.is((await it.settle()).records.A.state, 'good');
  await rollBackSlot(it.running);
  t.is(versionOf(it.boot()), '1.0.0');
});

test('what does not fit is refused with all reasons, and nothing is written', async (t) => {
  const old = testRelease('0.9.0', 0, { arch: 'arm64' });
  const it = node();
  await it.settle();
  const before = structuredClone(it.content);
  const error = await t.throwsAsync(it.prepare(old), { code: 'REFUSED' });
  t.regex(error?.message ?? '', /arm64, this machine is amd64; epoch 0 is older than epoch 1/);
  t.deepEqual(structuredClone(it.content), before);
  await t.throwsAsync(activateSlot(it.running, digestOf(two)), { code: 'REFUSED' });
});

test('without records the node knows its slots by GRUB alone, and upgrades', async (t) => {
  const it = await committedTwo();
  it.content.records.fill(0);
  const { records } = await it.settle();
  t.is(records.A.state, 'unknown');
  t.is(records.B.state, 'good');
  await rollBackSlot(it.running);
  t.is(versionOf(it.boot()), '1.0.0');
  await it.prepare(three);
  await activateSlot(it.running, digestOf(three));
  t.is(versionOf(it.boot()), '3.0.0');
});

test('what was good here is tried again without being written, if it is still whole', async (t) => {
  const it = await committedTwo();
  await rollBackSlot(it.running);
  t.is(versionOf(it.boot()), '1.0.0');
  t.is(await it.prepare(two), null);
  it.content['root-B'].fill(1, 50_000, 50_001);
  await t.throwsAsync(activateSlot(it.running, digestOf(two)), { message: /is damaged/ });
  t.is((await it.prepare(two))?.blocksWritten, 1);
  await activateSlot(it.running, digestOf(two));
  t.is(versionOf(it.boot()), '2.0.0');
});

test('a disk that loses what is written gets a second chance, and no third', async (t) => {
  for (const [losses, isWritten] of [
    [1, true],
    [2, false],
  ] as const) {
    const it = node();
    const preparing = it.prepare(two, undefined, { losses });
    if (isWritten) await preparing;
    else
      await t.throwsAsync(preparing, { code: 'HOST_NOT_READY', message: /block 0 .* read back/ });
    const { records } = await it.settle();
    t.is(records.B.state, isWritten ? 'written' : 'writing');
    t.is(versionOf(it.boot()), '1.0.0');
  }
});
