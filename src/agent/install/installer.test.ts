import test from 'ava';
import { MIB } from '../../disk/layout.ts';
import type { DiskShape } from '../../disk/disk-shape.ts';
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
  t.notThrows(() => planDisk(around(12 * MIB), DISK, new Date(0)));
});

test('one that would run over into the other slot is refused before anything is written', (t) => {
  const error = t.throws(() => planDisk(around(12 * MIB + 1), DISK, new Date(0)), {
    code: 'NO_SPACE',
  });
  t.regex(error.message, /takes 13 MiB, a root partition .* has 12 MiB/);
});
