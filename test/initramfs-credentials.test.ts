import { mkdir, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { makeTree, observeTree, type FileTree } from './initramfs/file-tree.ts';
import { runFunctions, SHELLS } from './initramfs/run-functions.ts';

const temporary = async () =>
  await mkdtempDisposable(path.join(tmpdir(), 'kubeos-initramfs-credentials-'));
const PAGE = 4096;

/** Takes the files of `boot` for the folder on BOOT. @returns what was said */
async function copy(directory: string, shell: readonly string[], before = ''): Promise<string> {
  const text = `${before}\ncopy_credentials "$1/boot" "$1/run/credentials/@initrd"`;
  return await runFunctions({ shell, sources: ['credentials'], text, args: [directory] });
}

const taken = async (directory: string): Promise<FileTree> =>
  await observeTree(path.join(directory, 'run/credentials/@initrd'));

const leftOut = (name: string, why: string): string =>
  `warn: BOOT, kubeos/credentials/${name} is left out: ${why}\n`;
const NAME = 'its name may have printable letters of ASCII only, and no ":"';

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`the files of the folder are for root alone (${name})`, async (t) => {
    await using directory = await temporary();
    const files = { 'kubelet.token': 'secret', 'system.hostname': 'node-7', 'with space~': '' };
    await makeTree(path.join(directory.path, 'boot'), files);
    t.is(await copy(directory.path, shell), 'say: credentials taken from BOOT: 3\n');
    t.deepEqual(await taken(directory.path), files);
    const modeOf = async (file: string): Promise<number> =>
      (await stat(path.join(directory.path, 'run/credentials/@initrd', file))).mode & 0o7777;
    t.is(await modeOf(''), 0o700);
    for (const file of Object.keys(files)) t.is(await modeOf(file), 0o400);
  });

  test(`what systemd would not take is named and left out, and the rest is taken (${name})`, async (t) => {
    await using directory = await temporary();
    await makeTree(path.join(directory.path, 'boot'), {
      '.DS_Store': 'x',
      'a:b': 'x',
      'folder/': '',
      gäste: 'x',
      'new\nline': 'x',
      good: 'taken',
    });
    t.is(
      await copy(directory.path, shell),
      leftOut('a:b', NAME) +
        leftOut('folder', 'it is no file') +
        leftOut('gäste', NAME) +
        leftOut('new\nline', NAME) +
        leftOut('.DS_Store', 'its name begins with a dot') +
        'say: credentials taken from BOOT: 1\n',
    );
    t.deepEqual(await taken(directory.path), { good: 'taken' });
  });

  test(`of more than systemd has room for, what still fits is taken (${name})`, async (t) => {
    await using directory = await temporary();
    await mkdir(path.join(directory.path, 'boot'));
    for (const [file, bytes] of [
      ['1', 253 * PAGE],
      ['2', 3 * PAGE + 1],
      ['3', PAGE + 1],
      ['4', 0],
      ['5', 1],
    ] as const) {
      await writeFile(path.join(directory.path, 'boot', file), Buffer.alloc(bytes, 'x'));
    }
    const why =
      'there is no room: systemd takes 1 MiB of credentials, each in whole pages of 4096 bytes';
    t.is(
      await copy(directory.path, shell),
      `${leftOut('2', why)}${leftOut('5', why)}say: credentials taken from BOOT: 3\n`,
    );
    t.deepEqual(Object.keys(await taken(directory.path)), ['1', '3', '4']);
  });

  test(`half of a credential is none (${name})`, async (t) => {
    await using directory = await temporary();
    const files = { large: 'x'.repeat(8192), small: 'taken' };
    await makeTree(path.join(directory.path, 'boot'), files);
    // As where /run is full: no file becomes larger than this many blocks of 512 bytes.
    const said = await copy(directory.path, shell, "trap '' XFSZ; ulimit -f 2");
    t.true(said.includes(leftOut('large', 'it cannot be copied')), said);
    t.regex(said, /^say: credentials taken from BOOT: 1$/m);
    t.deepEqual(await taken(directory.path), { small: 'taken' });
  });

  test(`where there is no room for the folder, the start goes on (${name})`, async (t) => {
    await using directory = await temporary();
    await makeTree(directory.path, {
      'boot/good': 'x',
      run: 'a file, so nothing can be made below',
    });
    const said = await copy(directory.path, shell);
    t.regex(said, /^warn: .*\/run\/credentials\/@initrd cannot be made: no credentials are taken/m);
  });
}

interface Start {
  readonly rootDisk?: string;
  readonly commandLine?: string;
  /** There is a copy of the disk. */
  readonly hasDouble?: boolean;
  /** What `mount` of BOOT ends with. */
  readonly mounts?: boolean;
}

/** The programs that a start calls for its credentials. */
async function start(
  { rootDisk = '/dev/x', commandLine = '', hasDouble = false, mounts = true }: Start,
  shell: readonly string[],
): Promise<string> {
  await using directory = await temporary();
  const kernelSays = path.join(directory.path, 'cmdline');
  await writeFile(kernelSays, `${commandLine}\n`);
  const reader = new URL(import.meta.resolve('#templates/initramfs/command-line.sh'));
  return await runFunctions({
    ...{ shell, sources: ['credentials'], args: [rootDisk] },
    text: `
      ${(await readFile(reader, 'utf8')).replace('/proc/cmdline', kernelSays)}
      read_command_line
      root_disk=$1 has_double=${hasDouble ? 'yes' : ''}
      partition_of() { echo "$1$2"; }
      modprobe() { echo "modprobe $*"; }
      mount() { echo "mount $*"; ${mounts ? 'true' : 'false'}; }
      umount() { echo "umount $*"; }
      take_credentials`,
  });
}

const LOOKED = `modprobe -abq vfat nls_cp437 nls_ascii
mount -t vfat -o ro,nosuid,nodev,noexec,utf8=1 /dev/x1 /boot
`;

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`BOOT of the root's disk is looked at, read-only, and given back (${name})`, async (t) => {
    t.is(await start({}, shell), `${LOOKED}umount /boot\n`);
  });

  test(`a start over the network has no BOOT to look at (${name})`, async (t) => {
    t.is(await start({ rootDisk: '' }, shell), '');
  });

  test(`of two disks that are copies neither says who this node is (${name})`, async (t) => {
    t.is(await start({ hasDouble: true }, shell), '');
  });

  test(`a BOOT that cannot be mounted is named, and the start goes on (${name})`, async (t) => {
    const warning = 'warn: BOOT (/dev/x1) cannot be mounted: no credentials are taken from it\n';
    t.is(await start({ mounts: false }, shell), LOOKED + warning);
  });

  test(`where the command line has systemd import none, BOOT is not looked at (${name})`, async (t) => {
    for (const no of ['_credentials=no', '-credentials=0', '_credentials=false']) {
      t.is(await start({ commandLine: `quiet systemd.import${no}` }, shell), '', no);
    }
    const last = 'systemd.import_credentials=no systemd.import_credentials=yes';
    t.is(await start({ commandLine: last }, shell), `${LOOKED}umount /boot\n`);
  });
}
