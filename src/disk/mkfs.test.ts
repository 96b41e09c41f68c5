import {
  mkdir,
  mkdtempDisposable,
  readFile,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { Command } from '../host/commands.ts';
import { inNamespace } from '../host/in-namespace.ts';
import { hostCommands } from '../host/run-commands.ts';
import { MIB } from './layout.ts';
import { mkfsBootArea, mkfsPersistExt4, mkfsRootExt4 } from './mkfs.ts';

const commands = hostCommands({ signal: new AbortController().signal });

/** What a host can say in /etc/mke2fs.conf. */
const FOREIGN_DEFAULTS = `
[defaults]
  base_features = sparse_super,quota
  default_mntopts = journal_data,nobarrier
  enable_periodic_fsck = 1
  blocksize = 1024
  inode_size = 512
  inode_ratio = 65536
  reserved_ratio = 20
  errors = panic
  hash_alg = tea
  flex_bg_size = 64
  packed_meta_blocks = 1
[fs_types]
  ext4 = {
    features = orphan_file,project
    options = stride=8,stripe_width=16,mount_opts=noatime
    make_hugefiles = 1
    hugefiles_dir = /huge
    num_hugefiles = 2
    hugefiles_size = 64k
  }
  small = {
    inode_ratio = 4096
  }
`;

/** Runs a command where this file is the host's /etc/mke2fs.conf. */
const withDefaults = (file: string, { tool, args, ...rest }: Command): Command =>
  inNamespace({
    ...{ ...rest, tool: 'sh' },
    args: ['-c', `mount --bind "$0" /etc/mke2fs.conf && exec "$@"`, file, tool, ...args],
  });

const UUID = '00000000-0000-4000-8000-000000000000';
const SIZES = { label: 'test', uuid: UUID, sizeBytes: 64 * MIB, epoch: 1 };

for (const [name, mkfs] of [
  ['root', (image, tree) => mkfsRootExt4({ ...SIZES, image, inodes: 64 }, tree)],
  ['the boot area', (image, tree) => mkfsBootArea({ ...SIZES, image }, tree)],
  ['PERSIST', (image) => mkfsPersistExt4({ ...SIZES, image }, MIB)],
] as const satisfies readonly (readonly [string, (image: string, tree: string) => Command])[]) {
  test(`${name} is the same bytes whatever the host's mke2fs.conf says`, async (t) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-mkfs-'));
    const image = path.join(directory.path, 'image');
    const tree = path.join(directory.path, 'tree');
    const foreign = path.join(directory.path, 'mke2fs.conf');
    await mkdir(tree);
    await writeFile(path.join(tree, 'file'), 'content');
    await writeFile(foreign, FOREIGN_DEFAULTS);
    // Reading changes the time of the last access, which mke2fs copies, only where it is not the latest of all.
    const soon = Date.now() / 1000 + 3600;
    for (const place of [path.join(tree, 'file'), tree]) await utimes(place, soon, 1);
    const images: Buffer[] = [];
    for (const defaults of ['/etc/mke2fs.conf', foreign]) {
      await rm(image, { force: true });
      await writeFile(image, '');
      await truncate(image, MIB + SIZES.sizeBytes);
      await commands.run(withDefaults(defaults, mkfs(image, tree)));
      images.push(await readFile(image));
    }
    t.true(images[0]?.equals(images[1] ?? Buffer.alloc(0)));
  });
}

for (const mebibytes of [64, 512]) {
  test(`PERSIST of ${mebibytes} MiB has the group descriptors to grow to 8 TiB`, async (t) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-mkfs-'));
    const image = path.join(directory.path, 'disk');
    const sizeBytes = mebibytes * MIB;
    await writeFile(image, '');
    await truncate(image, MIB + sizeBytes);
    const uuid = '00000000-0000-4000-8000-000000000000';
    await commands.run(
      mkfsPersistExt4({ image, label: 'PERSIST', uuid, sizeBytes, epoch: 1 }, MIB),
    );
    const place = `${image}?offset=${MIB}`;
    await commands.run({ tool: 'e2fsck', args: ['-fn', place] });
    const { stdout } = await commands.run({ tool: 'dumpe2fs', args: ['-h', place] });
    const numberOf = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)$`, 'm').exec(stdout)?.[1]);
    const descriptorsInBlock = 4096 / numberOf('Group descriptor size');
    const groups = Math.ceil(numberOf('Block count') / numberOf('Blocks per group'));
    const descriptorBlocks =
      Math.ceil(groups / descriptorsInBlock) + numberOf('Reserved GDT blocks');
    t.is(descriptorBlocks * descriptorsInBlock * numberOf('Blocks per group') * 4096, 8 * 2 ** 40);
  });
}
