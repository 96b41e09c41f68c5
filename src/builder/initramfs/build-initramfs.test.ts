import { copyFile, mkdir, mkdtempDisposable, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { inNamespace } from '../../host/in-namespace.ts';
import { hostCommands, locateTool } from '../../host/run-commands.ts';
import { buildInitramfs, type InitramfsRequest } from './build-initramfs.ts';
import { libraryClosure } from './library-closure.ts';
import { readCpio } from './read-cpio.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-initramfs-'));
const VERSION = '6.1.0-test';
const PROGRAMS = [
  ...['cat', 'chmod', 'chown', 'cp', 'dd', 'head', 'mkdir', 'mv', 'od', 'rm', 'sleep', 'stat'],
  ...['sync', 'tail', 'cmp', 'gzip', 'losetup', 'mount', 'umount', 'blkid', 'blockdev'],
  ...['partx', 'sh', 'switch_root', 'modprobe', 'e2fsck', 'resize2fs', 'veritysetup'],
];

/** A merged root file system made of this host's own programs, with a kernel that has all built in. */
async function makeTree(tree: string): Promise<InitramfsRequest> {
  const place = async (from: string, to: string): Promise<void> => {
    await mkdir(path.dirname(path.join(tree, to)), { recursive: true });
    await copyFile(from, path.join(tree, to));
  };
  for (const link of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(path.join(tree, 'usr', link), { recursive: true });
    await symlink(`usr/${link}`, path.join(tree, link));
  }
  for (const name of PROGRAMS) {
    const program = await locateTool(name);
    await place(program, `/usr/${path.basename(path.dirname(program))}/${name}`);
    const closure = await libraryClosure('/', [program]);
    for (const file of closure.files) await place(file, file);
    for (const link of closure.links) await place(link, link).catch(() => undefined);
  }
  const modules = path.join(tree, 'usr/lib/modules', VERSION);
  await mkdir(modules, { recursive: true });
  const builtin = ['ext4', 'overlay', 'dm-mod', 'dm-verity'].map((name) => `kernel/${name}.ko\n`);
  await writeFile(path.join(modules, 'modules.builtin'), builtin.join(''));
  await mkdir(path.join(tree, 'etc/modprobe.d'), { recursive: true });
  await writeFile(path.join(tree, 'etc/modprobe.d/own.conf'), 'options loop max_loop=8\n');
  const limits = { readySeconds: 300, watchdog: { seconds: 60, when: 'trial' } } as const;
  const kind = { kernelVersion: VERSION, fileSystem: 'ext4', verity: true } as const;
  return { tree, ...kind, limits, epoch: 1_700_000_000 };
}

test('every program starts in the unpacked initramfs, with nothing else at hand', async (t) => {
  await using directory = await temporary();
  const request = await makeTree(path.join(directory.path, 'tree'));
  const archive = path.join(directory.path, 'initramfs');
  const target = path.join(directory.path, 'out');
  await writeFile(archive, await buildInitramfs(request));
  await mkdir(target);
  const script = `
    cpio -i --quiet --no-absolute-filenames -F "$1" 2>"$1.log" || grep -v 'dev/console' "$1.log"
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin
    for program in ${PROGRAMS.join(' ')}; do
      chroot . /bin/sh -c "command -v $program >/dev/null && $program --version </dev/null 2>&1" >"$1.log" 2>&1
      ! grep -q 'shared librar\\|not found\\|No such file' "$1.log" || { echo "$program"; cat "$1.log"; }
    done
    chroot . /bin/sh -n /init && chroot . /bin/sh -c 'for f in /kubeos/*.sh; do sh -n $f || echo $f; done'`;
  const { stdout, stderr } = await commands.run(
    inNamespace({
      tool: 'sh',
      args: ['-c', script, 'sh', archive],
      workingDirectory: target,
    }),
  );
  t.is(stdout + stderr, '');
});

test('the same tree gives the same bytes, with everything in it', async (t) => {
  await using directory = await temporary();
  const request = await makeTree(path.join(directory.path, 'tree'));
  const first = await buildInitramfs(request);
  t.true(Buffer.from(await buildInitramfs(request)).equals(first));
  const members = readCpio(first);
  const paths = new Set(members.map((member) => member.path));
  const wanted = [
    ...[
      'init',
      'kubeos/grow-persist',
      'kubeos/modules',
      'kubeos/limits',
      'dev/console',
      'proc',
      'sys',
      'sysroot',
    ],
    ...['run', 'bin', 'usr/bin/sh', 'etc/modprobe.d/own.conf'],
    `usr/lib/modules/${VERSION}/modules.dep.bin`,
  ];
  t.deepEqual(
    wanted.filter((name) => !paths.has(name)),
    [],
  );
  t.true(members.every((member) => member.modified === request.epoch));
  // Whatever mount is on the node, set-user-id has no place here.
  t.true(members.every((member) => (member.mode & 0o6000) === 0));
});

test('missing programs are all named at once, with their packages', async (t) => {
  await using directory = await temporary();
  const request = await makeTree(path.join(directory.path, 'tree'));
  for (const name of ['veritysetup', 'resize2fs']) {
    await rm(path.join(request.tree, `usr/sbin/${name}`), { force: true });
  }
  await t.throwsAsync(buildInitramfs(request), {
    code: 'BUILD_CHECK_FAILED',
    message:
      /resize2fs: package e2fsprogs\n {2}veritysetup: package cryptsetup-bin \(RPM: veritysetup\)/,
  });
});

test('without verity, veritysetup is neither needed nor put in', async (t) => {
  await using directory = await temporary();
  const request = await makeTree(path.join(directory.path, 'tree'));
  await rm(path.join(request.tree, 'usr/sbin/veritysetup'));
  const members = readCpio(await buildInitramfs({ ...request, verity: false }));
  t.false(members.some((member) => /veritysetup|libcryptsetup/.test(member.path)));
});
