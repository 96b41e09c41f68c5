import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { chooseModules } from './choose-modules.ts';
import { kernelModuleEntries } from './kernel-modules.ts';
import { loadModuleTables } from './module-tables.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-modules-'));
const VERSION = '6.1.0-test';
const NEEDS = { fileSystem: 'ext4', verity: true } as const;

/** A kernel with just enough; each file holds its own name. */
const TABLES: Readonly<Record<string, string>> = {
  'modules.dep': [
    'kernel/drivers/md/dm-verity.ko.xz: kernel/drivers/md/dm-bufio.ko.xz kernel/drivers/md/dm-mod.ko.xz',
    'kernel/drivers/md/dm-bufio.ko.xz: kernel/drivers/md/dm-mod.ko.xz',
    'kernel/drivers/md/dm-mod.ko.xz:',
    'kernel/fs/overlayfs/overlay.ko.xz:',
    'kernel/drivers/block/virtio_blk.ko.xz:',
    'kernel/crypto/crc32c_generic.ko.xz:',
    'kernel/crypto/special.ko.xz:',
    'kernel/drivers/net/unrelated.ko.xz:',
  ].join('\n'),
  'modules.builtin': 'kernel/fs/ext4/ext4.ko\nkernel/drivers/nvme/host/nvme.ko\n',
  'modules.softdep': '# Soft dependencies\nsoftdep virtio_blk pre: special-alias post: crc32c\n',
  'modules.alias': [
    'alias virtio:d00000002v* virtio_blk',
    'alias pci:v*d*sv*sd*bc01sc[0-9a-f]-x* virtio_blk',
    'alias special-alias special',
    'alias crc32c crc32c_generic',
    'alias net:unrelated unrelated',
  ].join('\n'),
};

async function makeKernel(
  tree: string,
  tables: Readonly<Record<string, string>> = TABLES,
): Promise<void> {
  const directory = path.join(tree, 'lib/modules', VERSION);
  await mkdir(directory, { recursive: true });
  for (const [name, text] of Object.entries(tables)) {
    await writeFile(path.join(directory, name), text);
  }
  for (const [, packed = ''] of (tables['modules.dep'] ?? '').matchAll(/^([^:]+):/gm)) {
    const file = path.join(directory, packed.replace(/\.xz$/, ''));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, packed);
  }
}

async function placeModules(tree: string, target: string): Promise<string[]> {
  const tables = await loadModuleTables(tree, VERSION);
  const entries = await kernelModuleEntries(tree, tables, chooseModules(tables, NEEDS));
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    await mkdir(path.dirname(path.join(target, entry.path)), { recursive: true });
    await writeFile(path.join(target, entry.path), entry.content);
  }
  return entries.map((entry) => path.basename(entry.path)).toSorted();
}

test('modules come with their dependencies and soft dependencies, and others stay out', async (t) => {
  await using directory = await temporary();
  await makeKernel(directory.path);
  const names = await placeModules(directory.path, path.join(directory.path, 'out'));
  t.deepEqual(
    names.filter((name) => name.endsWith('.ko')),
    [
      ...['crc32c_generic.ko', 'dm-bufio.ko', 'dm-mod.ko', 'dm-verity.ko', 'overlay.ko'],
      ...['special.ko', 'virtio_blk.ko'],
    ],
  );
});

test('every disk controller that a hypervisor offers has its driver, where the kernel has one', async (t) => {
  await using directory = await temporary();
  const drivers = [
    ...['ahci', 'ata_piix', 'hv_storvsc', 'megaraid_sas', 'mptsas', 'mptspi', 'nvme'],
    ...['sd_mod', 'sym53c8xx', 'virtio_blk', 'virtio_scsi', 'vmw_pvscsi', 'xen_blkfront'],
  ];
  const all = [...drivers, 'ext4', 'overlay', 'dm-mod', 'dm-verity', 'unrelated'];
  await makeKernel(directory.path, {
    'modules.dep': all.map((name) => `kernel/${name}.ko:\n`).join(''),
  });
  const tables = await loadModuleTables(directory.path, VERSION);
  const { files } = chooseModules(tables, NEEDS);
  t.deepEqual(
    files.filter((file) => !/\/(ext4|overlay|dm-.*)\.ko$/.test(file)),
    drivers.map((name) => `kernel/${name}.ko`),
  );
});

test('BOOT can be read: its file system comes with the tables of letters that it asks for', async (t) => {
  await using directory = await temporary();
  await makeKernel(directory.path, {
    'modules.dep': [
      'kernel/fs/fat/vfat.ko: kernel/fs/fat/fat.ko',
      ...['fat/fat', 'nls/nls_cp437', 'nls/nls_iso8859-1', 'nls/nls_koi8-r'].map(
        (name) => `kernel/fs/${name}.ko:`,
      ),
    ].join('\n'),
    'modules.builtin': ['ext4', 'overlay', 'dm-mod', 'dm-verity', 'nls_ascii']
      .map((name) => `kernel/${name}.ko\n`)
      .join(''),
  });
  const tables = await loadModuleTables(directory.path, VERSION);
  t.deepEqual(
    chooseModules(tables, NEEDS).files.map((file) => path.basename(file)),
    ['fat.ko', 'vfat.ko', 'nls_cp437.ko', 'nls_iso8859-1.ko'],
  );
});

test('modprobe reads the indexes: by name, by hardware alias, by built-in name', async (t) => {
  await using directory = await temporary();
  const out = path.join(directory.path, 'out');
  await makeKernel(directory.path);
  await placeModules(directory.path, out);
  const show = async (...names: string[]): Promise<string[]> => {
    const args = ['--dirname', out, '--set-version', VERSION, '--show-depends', '-a', ...names];
    const { stdout } = await commands.run({ tool: 'modprobe', args });
    return stdout
      .trim()
      .split('\n')
      .map((line) => path.basename(line.trim()));
  };
  t.deepEqual(await show('dm_verity'), ['dm-mod.ko', 'dm-bufio.ko', 'dm-verity.ko']);
  t.deepEqual(await show('virtio:d00000002v00001af4'), [
    'special.ko',
    'virtio_blk.ko',
    'crc32c_generic.ko',
  ]);
  // A range in brackets keeps its "-"; outside it counts as "_".
  t.true((await show('pci:v1d2sv3sd4bc01sc7_x9')).includes('virtio_blk.ko'));
  t.deepEqual(await show('ext4'), ['builtin ext4']);
  await t.throwsAsync(show('unrelated'));
  await t.throwsAsync(show('net:unrelated'));
});

test('the index of dependencies is, byte for byte, what depmod writes', async (t) => {
  await using directory = await temporary();
  const out = path.join(directory.path, 'out');
  await makeKernel(directory.path, {
    ...TABLES,
    'modules.dep': ['overlay', 'dm-mod', 'dm-verity', 'loop']
      .map((name) => `kernel/${name}.ko:\n`)
      .join(''),
    'modules.softdep': '',
    'modules.alias': '',
  });
  await placeModules(directory.path, out);
  const modules = path.join(out, 'lib/modules', VERSION);
  const written = await readFile(path.join(modules, 'modules.dep.bin'));
  // The order of depmod's own numbering, so that priorities agree.
  await writeFile(
    path.join(modules, 'modules.order'),
    ['dm-mod', 'dm-verity', 'loop', 'overlay'].map((name) => `kernel/${name}.ko\n`).join(''),
  );
  await commands.run({ tool: 'depmod', args: ['--basedir', out, VERSION] });
  t.deepEqual(written, await readFile(path.join(modules, 'modules.dep.bin')));
});

test('a kernel without what an image needs is refused, with every missing driver', async (t) => {
  await using directory = await temporary();
  await makeKernel(directory.path, {
    'modules.dep': 'kernel/fs/ext4/ext4.ko:\nkernel/drivers/md/dm-mod.ko:\n',
  });
  const tables = await loadModuleTables(directory.path, VERSION);
  t.throws(() => chooseModules(tables, { fileSystem: 'erofs', verity: true }), {
    code: 'BUILD_CHECK_FAILED',
    message: /: erofs, overlay, dm_verity$/,
  });
  t.throws(() => chooseModules(tables, { fileSystem: 'ext4', verity: false }), {
    message: /: overlay$/,
  });
});

test('a tree without the modules of its kernel is refused', async (t) => {
  await using directory = await temporary();
  await t.throwsAsync(loadModuleTables(directory.path, VERSION), {
    code: 'BUILD_CHECK_FAILED',
    message: /no \/lib\/modules\/6\.1\.0-test/,
  });
});

test('a module that is named but not unpacked is refused', async (t) => {
  await using directory = await temporary();
  await makeKernel(directory.path);
  const tables = await loadModuleTables(directory.path, VERSION);
  const choice = { watchdogs: [], files: ['kernel/gone.ko'], loaded: [] };
  await t.throwsAsync(kernelModuleEntries(directory.path, tables, choice), {
    code: 'BUILD_CHECK_FAILED',
    message: /kernel module kernel\/gone\.ko is not in the tree/,
  });
});
