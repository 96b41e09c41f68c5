import { createHash } from 'node:crypto';
import { mkdir, mkdtempDisposable, open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { serialiseGrubEnvironment } from '../../disk/grub-environment.ts';
import { grubVariablesOf } from '../../disk/grub-environment-slots.ts';
import { fat32 } from '../../disk/fat32.ts';
import { MIB } from '../../disk/layout.ts';
import { slotConfiguration, slotSums, type SlotConfiguration } from '../../disk/slot-files.ts';
import { writeAll } from '../../disk/write-at.ts';
import { loadRunningRelease, type ReleasePlaces } from './running-release.ts';
import { fakeMachine } from './testing/fake-machine.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const HASH = 'ab'.repeat(32);

const SLOT: SlotConfiguration = {
  ...{ release: `sha256:${'cd'.repeat(32)}`, version: '1.4.2', epoch: 3, securityFloor: 2 },
  ...{ kernel: '/boot/vmlinuz', initramfs: '/boot/initramfs.img', kernelArguments: ['quiet'] },
  image: { size: 4096, sha256: HASH },
  verity: { rootHash: HASH, hashOffset: 4096 },
  area: null,
};
const VERITY = `kubeos.verity=${HASH},4096`;

interface Change {
  readonly slot?: Partial<SlotConfiguration>;
  readonly kernel?: string;
  readonly commandLine?: string;
  /** Started over the network. */
  readonly isNetwork?: boolean;
  /** Of slot B. */
  readonly isCommitted?: boolean;
}

/** A machine that runs a release from slot B, or over the network. */
async function machine(directory: string, change: Change): Promise<ReleasePlaces> {
  const { isNetwork = false, commandLine = `quiet ${VERITY}`, kernel = 'kernel' } = change;
  const disk = {
    ...{ name: 'vda', number: '252:0' },
    partitions: {
      1: { name: 'vda1', number: '252:1', sizeBytes: 36 * MIB },
      3: { name: 'vda3', number: '252:3' },
    },
  };
  const loop = { name: 'loop0', number: '7:0', isVirtual: true };
  const mounts = [`22 1 ${isNetwork ? '7:0' : '252:3'} / / ro - ext4 /dev/root ro`];
  const files = await fakeMachine(directory, { devices: [disk, loop], mounts, commandLine });
  const tree = path.join(directory, 'root');
  await mkdir(path.join(tree, 'boot'), { recursive: true });
  await writeFile(path.join(tree, 'boot/vmlinuz'), kernel);
  await writeFile(path.join(tree, 'boot/initramfs.img'), 'initramfs');
  const configuration = slotConfiguration({ ...SLOT, ...change.slot });
  const sums = slotSums({
    kernel: { path: '/boot/vmlinuz', sha256: sha256('kernel') },
    initramfs: { path: '/boot/initramfs.img', sha256: sha256('initramfs') },
  });
  const networkRelease = path.join(directory, 'network');
  if (isNetwork) {
    await mkdir(networkRelease);
    await writeFile(path.join(networkRelease, 'boot.cfg'), configuration);
    await writeFile(path.join(networkRelease, 'boot.sum'), sums);
  } else {
    const B = { ok: change.isCommitted ?? true, tries: 2 } as const;
    const slots = { order: 'B A', A: { ok: true, tries: 0 }, B } as const;
    const bootFiles = new Map([
      ['kubeos/grubenv', serialiseGrubEnvironment(grubVariablesOf(slots))],
      ['kubeos/slot-B.cfg', configuration],
      ['kubeos/slot-B.sum', sums],
    ]);
    await writeBoot(path.join(files.dev, 'vda1'), bootFiles);
  }
  return { ...files, tree, networkRelease };
}

async function writeBoot(file: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await using handle = await open(file, 'r+');
  const place = { sizeBytes: 36 * MIB, label: 'BOOT', serial: 1, hiddenSectors: 2048 };
  for (const { offsetBytes, bytes } of fat32({ ...place, files, time: new Date(0) })) {
    await writeAll(handle, bytes, offsetBytes);
  }
}

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-running-'));

for (const isNetwork of [false, true]) {
  test(`what runs is found ${isNetwork ? 'in a network boot' : 'on BOOT'}`, async (t) => {
    await using directory = await temporary();
    const release = await loadRunningRelease(await machine(directory.path, { isNetwork }));
    t.deepEqual(release.slot, { ...SLOT, image: { size: 4096, sha256: HASH } });
    t.is(release.configuration.length, 4096);
    t.is(release.sums.length, 512);
    t.is(release.root.kind, isNetwork ? 'network' : 'disk');
  });
}

test('the new node is told all that is recorded of a release: without its data epoch it would migrate data back', async (t) => {
  await using directory = await temporary();
  const slot = { dataEpoch: 2, unsigned: true } as const;
  const { recorded } = await loadRunningRelease(await machine(directory.path, { slot }));
  t.deepEqual(recorded, {
    ...{ digest: SLOT.release, version: '1.4.2', epoch: 3, securityFloor: 2 },
    ...{ image: { size: 4096, sha256: HASH }, ...slot },
  });
});

const refused = test.macro(async (t, change: Change, says: RegExp) => {
  await using directory = await temporary();
  const error = await t.throwsAsync(loadRunningRelease(await machine(directory.path, change)));
  t.like(error, { code: 'RELEASE_INVALID' });
  t.regex(error?.message ?? '', says);
});

test(
  'a root hash that the kernel was not given',
  refused,
  { slot: { verity: { rootHash: 'ef'.repeat(32), hashOffset: 4096 } }, isNetwork: true },
  /network boot say "kubeos.verity=ef.*the kernel was given "kubeos.verity=ab/,
);
test(
  'no root hash where the kernel was given one',
  refused,
  { slot: { verity: null } },
  /slot B on .*vda1 say "", the kernel was given/,
);
test('another kernel', refused, { kernel: 'another' }, /name another \/boot\/vmlinuz/);
test(
  'a version that no record holds',
  refused,
  { slot: { version: 'x'.repeat(65) } },
  /name no release that can be recorded/,
);
test('no digest of the image', refused, { slot: { image: null } }, /name no root image/);

test('a network boot that brought no boot files says what to do', async (t) => {
  await using directory = await temporary();
  const places = await machine(directory.path, { isNetwork: true });
  const error = await t.throwsAsync(
    loadRunningRelease({ ...places, networkRelease: path.join(directory.path, 'none') }),
    { code: 'HOST_NOT_READY' },
  );
  t.regex(error?.message ?? '', /brought no boot.cfg/);
});

test('a release on trial is not spread to another disk', async (t) => {
  await using directory = await temporary();
  const places = await machine(directory.path, { isCommitted: false });
  const error = await t.throwsAsync(loadRunningRelease(places), { code: 'REFUSED' });
  t.regex(error?.message ?? '', /slot B, which runs, is still on trial/);
});
