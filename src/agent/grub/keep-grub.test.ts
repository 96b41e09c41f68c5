import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { serialiseGrubEnvironment } from '../../disk/grub-environment.ts';
import { grubVariablesOf } from '../../disk/grub-environment-slots.ts';
import { NO_TRY, tryVariablesOf } from '../../disk/grub-try.ts';
import { ROOT_BYTES, testRelease } from '../testing/test-release.ts';
import { sealedGrub, virtualGrub } from '../testing/virtual-grub.ts';
import { freshContent, virtualDisk } from '../testing/virtual-disk.ts';
import { keepGrub, type GrubContext } from './keep-grub.ts';

const one = testRelease('1.0.0', 1);
const two = testRelease('2.0.0', 2);
const GOOD_A = { order: 'A B', A: { ok: true, tries: 0 }, B: { ok: false, tries: 0 } } as const;

/** Release 2 runs in slot A, by the GRUB of release 1; its own is in the second place and was tried. */
function triedNode(): { readonly context: GrubContext; readonly said: string[] } {
  const content = freshContent(two, ROOT_BYTES);
  content['grub-0'].set(sealedGrub(one));
  content['grub-1'].set(sealedGrub(two));
  const tried = tryVariablesOf({ ...NO_TRY, tried: two.grub.version });
  const block = new Map([...grubVariablesOf(GOOD_A), ...tried]);
  content.environment.set(serialiseGrubEnvironment(block));
  const grub = virtualGrub(content, one.grub.version, () => undefined);
  const said: string[] = [];
  const context = {
    disk: { ...virtualDisk(content, 'A'), grub },
    clock: { bootId: 'boot', now: () => new Date(0) },
    images: tmpdir(),
    log: (line: string) => void said.push(line),
  };
  return { context, said };
}

async function withVersions(versions: unknown, work: (images: string) => Promise<void>) {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-keep-grub-'));
  await writeFile(path.join(directory.path, 'grub.json'), JSON.stringify(versions));
  await work(directory.path);
}

test('one that was tried is tried again when a person says so, and that is said once', async (t) => {
  await withVersions({ uefi: two.grub.version, bios: null }, async (images) => {
    const { context, said } = triedNode();
    const keeper = await keepGrub({ ...context, images });
    t.is(keeper.status().state, 'failed');
    await keeper.update();
    t.is(keeper.status().state, 'failed');
    t.is(said.length, 1);
    await keeper.retry();
    t.is(keeper.status().state, 'waits-for-restart');
  });
});

test('what goes wrong is a state, and no error of the operation that asked', async (t) => {
  const broken = { uefi: 'no version', bios: null };
  await withVersions(broken, async (images) => {
    const { context, said } = triedNode();
    const keeper = await keepGrub({ ...context, images });
    t.is(keeper.status().state, 'error');
    await t.notThrowsAsync(keeper.update());
    t.is(said.length, 1);
    t.regex(said.join(), /was not updated/);
  });
  // It brings another, whose image is not there.
  await withVersions({ uefi: 'uefi-00000000000000aa', bios: null }, async (images) => {
    const { context } = triedNode();
    t.like((await keepGrub({ ...context, images })).status(), { state: 'error', first: null });
  });
});

test('a GRUB in one place is left alone', async (t) => {
  const { context } = triedNode();
  const grub = { kind: 'fixed', booted: null, reason: 'there is one place' } as const;
  const { status } = await keepGrub({ ...context, disk: { ...context.disk, grub } });
  t.like(status(), { state: 'fixed', message: 'cannot be updated: there is one place' });
});

test('a release without one leaves it alone', async (t) => {
  const { context } = triedNode();
  const keeper = await keepGrub({ ...context, images: path.join(tmpdir(), 'not-there') });
  t.is(keeper.status().state, 'not-brought');
});
