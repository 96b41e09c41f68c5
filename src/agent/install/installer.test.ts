import { mkdtempDisposable, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { MIB, partitionOf } from '../../disk/layout.ts';
import type { DiskShape } from '../../disk/disk-shape.ts';
import { writeAll } from '../../disk/write-at.ts';
import { commands } from './testing/file-disk.ts';
import type { ObservedDisk } from './observed-disk.ts';
import { planDisk, type Surroundings } from './installer.ts';

const SHAPE: DiskShape = {
  ...{ arch: 'amd64', firmware: ['uefi'] },
  ...{ boot: 36 * MIB, root: 12 * MIB, persist: 64 * MIB },
};
const DISK: ObservedDisk = {
  ...{ name: 'sdb', device: '/dev/sdb', sizeBytes: 512 * MIB, sectorBytes: 512, model: null },
  ...{ isReadOnly: false, uses: [], content: { kind: 'blank' } },
};

const NODE = { credentials: new Map(), time: new Date(0) };

/** A release whose root image has so many bytes. */
function around(size: number): Surroundings {
  const image = { size, sha256: 'ab'.repeat(32) };
  const named = { version: '1', epoch: 1, securityFloor: 0, image };
  const files = { kernel: '/boot/vmlinuz', initramfs: '/boot/initramfs.img', kernelArguments: [] };
  return {
    release: {
      root: { kind: 'network', image: '/dev/loop0' },
      slot: { release: `sha256:${'cd'.repeat(32)}`, ...named, ...files, verity: null, area: null },
      recorded: { digest: `sha256:${'cd'.repeat(32)}`, ...named },
      ...{ configuration: new Uint8Array(4096), sums: new Uint8Array(512) },
    },
    shape: SHAPE,
    grub: { uefi: { version: `uefi-${'a'.repeat(16)}`, image: new Uint8Array(MIB) }, bios: null },
    ...{ leastBytes: 0, disks: [DISK] },
  };
}

test('a root image that fills its partition is planned', (t) => {
  t.notThrows(() => planDisk(around(12 * MIB), DISK, NODE));
});

test('one that would run over into the other slot is refused before anything is written', (t) => {
  const error = t.throws(() => planDisk(around(12 * MIB + 1), DISK, NODE), {
    code: 'NO_SPACE',
  });
  t.regex(error.message, /takes 13 MiB, a root partition .* has 12 MiB/);
});

test('credentials lie in their folder on BOOT, for mtools and fsck.vfat', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-installer-'));
  const credentials = new Map(
    ['KUB~1', 'kubelet.bootstrap-kubeconfig', 'network.network.10-node', 'with space'].map(
      (name) => [name, Buffer.from(`what ${name} says`)] as const,
    ),
  );
  const { boot, layout } = planDisk(around(12 * MIB), DISK, { ...NODE, credentials });
  const { startBytes, sizeBytes } = partitionOf(layout, 'boot');
  const image = path.join(directory.path, 'boot');
  {
    await using file = await open(image, 'wx');
    await file.truncate(sizeBytes);
    for (const { bytes, offsetBytes } of boot) {
      await writeAll(file, bytes, offsetBytes - startBytes);
    }
  }
  await t.notThrowsAsync(commands.run({ tool: 'fsck.vfat', args: ['-n', image] }));
  const environment = { MTOOLS_SKIP_CHECK: '1' };
  const args = ['-s', '-i', image, '::/kubeos/credentials', directory.path];
  await commands.run({ tool: 'mcopy', args, environment });
  for (const [name, content] of credentials) {
    const copied = await readFile(path.join(directory.path, 'credentials', name));
    t.true(copied.equals(content), name);
  }
});
