import { createHash } from 'node:crypto';
import { chmod, mkdir, open, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MIB, partitionOf, planLayout } from '../../../disk/layout.ts';
import { sgdiskCommand } from '../../../disk/sgdisk.ts';
import { writeFileAt } from '../../../disk/write-at.ts';
import type { Commands } from '../../../host/commands.ts';
import { planBootFiles, type ReleaseBootFiles } from '../../../disk/boot-files.ts';
import { makeBootPartition } from '../../disk/boot-partition.ts';
import { UEFI_PLACE_BYTES } from '../../../disk/grub-places.ts';
import { sealGrubImage } from '../../../disk/grub-seal.ts';
import { slotConfiguration, slotSums } from '../../../disk/slot-files.ts';
import { appendVerity } from '../../root-image/verity.ts';

/** What a test disk holds; what is left out has a plain value. For tests only. */
export interface TestImage {
  readonly version?: string;
  readonly epoch?: number;
  readonly packages?: Readonly<Record<string, string>>;
  /** Text by path in the image, without a leading slash. */
  readonly files?: Readonly<Record<string, string>>;
  readonly modes?: Readonly<Record<string, number>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly kernelVersion?: string;
  readonly kernelArguments?: readonly string[];
  readonly verity?: boolean;
  readonly fileSystemMiB?: number;
  readonly slotMiB?: number;
}

export interface TestDisk {
  readonly disk: string;
  readonly rootImage: string;
  readonly boot: ReleaseBootFiles;
}

const KERNEL = 'boot/vmlinuz';
const INITRAMFS = 'boot/initramfs.img';

/** A disk as `kubeos build` lays it out, with a root file system of a few files, made in a second. */
export async function makeTestDisk(
  directory: string,
  image: TestImage,
  commands: Commands,
): Promise<TestDisk> {
  await mkdir(directory, { recursive: true });
  const tree = path.join(directory, 'tree');
  const rootImage = path.join(directory, 'root.img');
  const files = filesOf(image);
  await writeTree(tree, image, files);
  const sizeMiB = image.fileSystemMiB ?? 8;
  const mkfs = ['-q', '-F', '-t', 'ext4', '-b', '4096', '-O', '^has_journal', '-d', tree];
  await commands.run({ tool: 'mke2fs', args: [...mkfs, rootImage, `${sizeMiB}M`] });
  const settings = { sizeBytes: sizeMiB * MIB, seed: 'test' };
  const verity = image.verity === false ? null : await appendVerity(rootImage, settings, commands);
  const boot = bootOf(image, files, verity);
  return { disk: await assemble(directory, { image, rootImage, boot }, commands), rootImage, boot };
}

function filesOf(image: TestImage): ReadonlyMap<string, string> {
  const { version = '1.0.0', kernelVersion = '6.12.1', packages = { base: '1' } } = image;
  const status = Object.entries(packages).map(
    ([name, value]) =>
      `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${value}\n`,
  );
  return new Map([
    ['usr/lib/os-release', `ID=debian\nVERSION_ID=13\nIMAGE_ID=test\nIMAGE_VERSION=${version}\n`],
    ['usr/lib/sysimage/dpkg/status', status.join('\n')],
    [`usr/lib/modules/${kernelVersion}/modules.order`, ''],
    ['usr/lib/systemd/system/ssh.service', '[Service]\n'],
    [KERNEL, `kernel ${kernelVersion}`],
    [INITRAMFS, `initramfs ${kernelVersion}`],
    ['etc/passwd', 'root:x:0:0:root:/root:/bin/bash\n'],
    ...Object.entries(image.files ?? {}),
  ]);
}

async function writeTree(
  tree: string,
  image: TestImage,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const links = {
    'etc/systemd/system/multi-user.target.wants/ssh.service': '/usr/lib/systemd/system/ssh.service',
    ...image.links,
  };
  for (const [name, content] of files) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
    await writeFile(path.join(tree, name), content);
  }
  for (const [name, target] of Object.entries(links)) {
    await mkdir(path.dirname(path.join(tree, name)), { recursive: true });
    await symlink(target, path.join(tree, name));
  }
  for (const [name, mode] of Object.entries(image.modes ?? {})) {
    await chmod(path.join(tree, name), mode);
  }
}

function bootOf(
  image: TestImage,
  files: ReadonlyMap<string, string>,
  verity: { readonly rootHash: string; readonly hashOffset: number } | null,
): ReleaseBootFiles {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const summed = (name: string) => ({ path: `/${name}`, sha256: sha256(files.get(name) ?? '') });
  const { version = '1.0.0', epoch = 1, kernelArguments = ['quiet'] } = image;
  return {
    configuration: slotConfiguration({
      ...{ version, epoch, kernelArguments, verity, securityFloor: 0, image: null, area: null },
      release: `sha256:${sha256(`release ${version}`)}`,
      kernel: `/${KERNEL}`,
      initramfs: `/${INITRAMFS}`,
    }),
    sums: slotSums({ kernel: summed(KERNEL), initramfs: summed(INITRAMFS) }),
  };
}

async function assemble(
  directory: string,
  made: { image: TestImage; rootImage: string; boot: ReleaseBootFiles },
  commands: Commands,
): Promise<string> {
  const disk = path.join(directory, 'disk.raw');
  const bootImage = path.join(directory, 'boot.img');
  const scratch = path.join(directory, 'boot');
  const layout = planLayout({
    ...{ arch: 'amd64', hasBiosBoot: true, seed: 'test', persistBytes: 8 * MIB },
    // FAT32 has no smaller form.
    ...{ bootBytes: 64 * MIB, rootBytes: (made.image.slotMiB ?? 16) * MIB },
  });
  await (await open(disk, 'wx')).close();
  await truncate(disk, layout.sizeBytes);
  await commands.run(sgdiskCommand(layout, disk));
  await mkdir(scratch);
  const label = { version: 'uefi-0123456789abcdef', epoch: made.image.epoch ?? 1 };
  const grub = sealGrubImage(Buffer.from('EFI program'), label, UEFI_PLACE_BYTES);
  const files = planBootFiles(made.boot, grub, 'amd64');
  const common = { layout, seed: 'test', epoch: 1_700_000_000, commands };
  await makeBootPartition({ ...common, files, scratch, image: bootImage });
  await writeFileAt(bootImage, disk, partitionOf(layout, 'boot').startBytes);
  await writeFileAt(made.rootImage, disk, partitionOf(layout, 'root-a').startBytes);
  return disk;
}
