import test from 'ava';
import type { DiskReport, RootReport } from '../image-report.ts';
import { renderReport } from './render-report.ts';

const ROOT: RootReport = {
  fileSystem: { type: 'ext4', label: 'KUBEOS-ROOT', uuid: '' },
  size: 300 * 2 ** 20,
  os: { ID: 'debian', PRETTY_NAME: 'Debian 13', IMAGE_ID: 'minimal', IMAGE_VERSION: '1.4.2' },
  kernels: ['6.12.1-cloud'],
  packages: [],
  units: { present: [], enabled: ['ssh.service'], builtIn: [], masked: [] },
  contents: { files: 4566, bytes: 286_000_000 },
};

const RELEASE = {
  release: 'sha256:aaaa',
  version: '1.4.2',
  epoch: 7,
  securityFloor: 0,
  kernel: '/boot/vmlinuz',
  initramfs: '/boot/initramfs.img',
  kernelArguments: ['quiet'],
  verity: null,
  area: null,
  image: null,
};

const DISK: DiskReport = {
  kind: 'disk',
  path: 'out/disk.raw',
  format: 'raw',
  size: 1602 * 2 ** 20,
  diskGuid: '85DD05C4',
  partitions: [
    {
      ...{ number: 2, label: 'ROOT-A', guid: '', attributes: ['GUID:60'] },
      ...{ start: 65 * 2 ** 20, size: 640 * 2 ** 20, fileSystem: ROOT.fileSystem },
      typeGuid: '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709',
    },
  ],
  boot: {
    environment: {
      kind: 'intact',
      slots: { order: 'A B', A: { ok: true, tries: 0 }, B: { ok: false, tries: 2 } },
    },
    next: 'A',
    files: [],
    grub: { first: null, second: null },
  },
  slots: [
    {
      ...{ slot: 'A', partition: 2, release: RELEASE, root: ROOT, verity: null },
      imageSize: 302 * 2 ** 20,
    },
    { slot: 'B', partition: 3, release: null, root: null, verity: null, imageSize: null },
  ],
  findings: [
    { level: 'ok', subject: 'partition table', text: 'is sound' },
    { level: 'fault', subject: 'slot A: dm-verity', text: 'a block differs' },
  ],
};

test('shows a disk with what is wrong first', (t) => {
  t.is(
    renderReport(DISK),
    `out/disk.raw: disk in raw format, 1602 MiB
  FAULT  slot A: dm-verity  a block differs
  ok     partition table    is sound

Partitions (disk 85DD05C4)
  #  label   type                           start   size     file system
  2  ROOT-A  Linux root, x86-64, read-only  65 MiB  640 MiB  ext4

Slot A (committed, tried first), 302 MiB of 640 MiB used
  release    sha256:aaaa
  version    1.4.2 (epoch 7)
  arguments  quiet
  image      minimal 1.4.2
  base       Debian 13
  kernel     6.12.1-cloud
  root       ext4, 300 MiB
  contents   4566 files, 273 MiB
  packages   0
  enabled    ssh.service

Slot B (on trial, 2 tries left)
  empty
`,
  );
});

test('shows a root image without the parts that only a disk has', (t) => {
  const { path, format, size } = DISK;
  const verity = { rootHash: 'abcd', salt: '', hashOffset: 0, treeSize: 0, damage: null };
  const text = renderReport({
    ...{ kind: 'root-image', path, format, size, root: ROOT, verity },
    findings: [],
  });
  t.regex(text, /^out\/disk\.raw: root image, 1602 MiB\n\n {2}image +minimal 1\.4\.2\n/);
  t.regex(text, /\n {2}root hash +abcd\n$/);
});
