import {
  chmod,
  cp,
  mkdir,
  mkdtempDisposable,
  readFile,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { writeDirectoryBase } from './directory-base.ts';
import { testRequest } from './testing/base-request.ts';
import { listTar, listTree, privileged, removeTree } from './testing/list-tree.ts';

const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-directory-'));
const base = { type: 'directory', path: 'root' } as const;

/** Metadata lines without times, which are the epoch's. */
const timeless = (lines: readonly string[]) =>
  lines.map((line) => line.replace(/^(\S+ [a-z] \d+ \S+) \S+/, '$1'));

async function makeRoot(directory: string): Promise<string> {
  const root = path.join(directory, 'root');
  await mkdir(path.join(root, 'usr/bin'), { recursive: true });
  await writeFile(path.join(root, 'usr/bin/tool'), 'ELF');
  await chmod(path.join(root, 'usr/bin/tool'), 0o755);
  await symlink('usr/bin', path.join(root, 'bin'));
  return root;
}

test('what the caller owns becomes root, and only content decides the bytes', async (t) => {
  await using directory = await temporary();
  const root = await makeRoot(directory.path);
  const first = await testRequest(base, directory.path, '1');
  const one = await writeDirectoryBase(first);
  await utimes(path.join(root, 'usr/bin/tool'), 1, 1);
  await cp(root, path.join(directory.path, 'copy'), { recursive: true, verbatimSymlinks: true });
  const copy = { ...base, path: 'copy' } as const;
  const second = await testRequest(copy, directory.path, '2');
  const two = await writeDirectoryBase(second);
  await writeFile(path.join(root, 'usr/bin/tool'), 'elf');
  const third = await testRequest(base, directory.path, '3');
  const three = await writeDirectoryBase(third);

  t.true((await readFile(first.output)).equals(await readFile(second.output)));
  t.is(one.inputs[0]?.sha256, two.inputs[0]?.sha256);
  t.not(one.inputs[0]?.sha256, three.inputs[0]?.sha256);
  const lines = await listTar(first.output, path.join(directory.path, 'out'), first.commands);
  t.true(lines.includes(`./usr/bin/tool f 755 0:0 ${String(first.epoch)}.0000000000  3 1`));
});

test('the digest is independent of the epoch, the bytes are not', async (t) => {
  await using directory = await temporary();
  await makeRoot(directory.path);
  const first = await testRequest(base, directory.path, '1');
  const second = { ...(await testRequest(base, directory.path, '2')), epoch: 1_800_000_000 };
  const one = await writeDirectoryBase(first);
  const two = await writeDirectoryBase(second);
  t.deepEqual(one, two);
  t.false((await readFile(first.output)).equals(await readFile(second.output)));
});

test('owners, capabilities and links of a tree made by uid 0 of a namespace, or by root, survive', async (t) => {
  await using directory = await temporary();
  const root = await makeRoot(directory.path);
  const request = await testRequest(base, directory.path);
  const { commands } = request;
  const inside = async (tool: string, ...args: readonly string[]) =>
    await commands.run(privileged({ tool, args, workingDirectory: root }));
  await inside('mkdir', '-m', '700', 'etc');
  await inside('ln', 'usr/bin/tool', 'usr/bin/again');
  await inside('cp', 'usr/bin/tool', 'etc/shadow');
  await inside('chmod', '0', 'etc/shadow');
  await inside('setfattr', '-n', 'user.note', '-v', 'kept', 'etc/shadow');
  await inside('setcap', 'cap_net_raw,cap_net_admin=ep', 'usr/bin/tool');
  await inside('chown', '33:42', 'etc/shadow');
  await inside('chown', '-h', '65534:7', 'bin');
  await inside('chown', '105:105', 'etc');

  await writeDirectoryBase(request);

  const ours = await listTar(request.output, path.join(directory.path, 'out'), commands);
  t.deepEqual(timeless(ours), timeless(await listTree(root, commands)));
  t.true(ours.some((line) => line.startsWith('./etc/shadow f 0 33:42 ')));
  t.true(ours.some((line) => line.includes('security.capability=0x0100000200300000')));
  await removeTree(root, commands);
});

test('capabilities of a tree that can be read without a namespace survive too', async (t) => {
  await using directory = await temporary();
  const root = await makeRoot(directory.path);
  const request = await testRequest(base, directory.path);
  const { commands } = request;
  const args = ['cap_net_raw=ep', path.join(root, 'usr/bin/tool')];
  await commands.run(privileged({ tool: 'setcap', args }));
  await writeDirectoryBase(request);
  const ours = await listTar(request.output, path.join(directory.path, 'out'), commands);
  t.deepEqual(timeless(ours), timeless(await listTree(root, commands)));
});

test('leaves out sockets and what is in /dev, /proc, /sys and /run, but not those folders', async (t) => {
  await using directory = await temporary();
  const root = await makeRoot(directory.path);
  for (const name of ['dev', 'proc', 'sys', 'run', 'srv/dev']) {
    await mkdir(path.join(root, name), { recursive: true });
    await writeFile(path.join(root, name, 'inside'), '');
  }
  const server = createServer().listen(path.join(root, 'socket'));
  const request = await testRequest(base, directory.path);
  await writeDirectoryBase(request);
  server.close();
  const lines = await listTar(request.output, path.join(directory.path, 'out'), request.commands);
  const names = lines.filter((line) => / [dfl] /.test(line)).map((line) => line.split(' ', 1)[0]);
  t.deepEqual(names, [
    ...['.', './bin', './dev', './proc', './run', './srv', './srv/dev', './srv/dev/inside'],
    ...['./sys', './usr', './usr/bin', './usr/bin/tool'],
  ]);
});

test('says what is wrong with a path that is no directory', async (t) => {
  await using directory = await temporary();
  const request = await testRequest(base, directory.path);
  await t.throwsAsync(writeDirectoryBase(request), {
    code: 'DEFINITION_INVALID',
    message: /base.path root is not there/,
  });
  await writeFile(path.join(directory.path, 'root'), '');
  await t.throwsAsync(writeDirectoryBase(request), {
    code: 'DEFINITION_INVALID',
    message: /is not a directory/,
  });
});
