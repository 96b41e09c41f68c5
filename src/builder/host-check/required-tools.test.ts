import test from 'ava';
import { furtherTools, requirementsOf } from './required-tools.ts';

const needs: Parameters<typeof requirementsOf>[0] = {
  ...{ arch: 'amd64', firmware: ['uefi'], outputs: ['raw'], scripts: [] },
  ...{ base: { type: 'apt' }, root: { fileSystem: 'ext4', verity: true } },
};

test('every kind of base and root file system is thought of', (t) => {
  const tools = furtherTools(requirementsOf(needs), needs).map(({ tool }) => tool);
  t.deepEqual(tools.toSorted(), ['dnf', 'fsck.erofs', 'mkfs.erofs', 'mksquashfs', 'rpm']);
});

test('what is needed anyway is not named again', (t) => {
  const more = { ...needs, root: { fileSystem: 'erofs', verity: true } } as const;
  const tools = furtherTools(requirementsOf(more), more).map(({ tool }) => tool);
  t.deepEqual(tools.toSorted(), ['dnf', 'mksquashfs', 'rpm']);
});
