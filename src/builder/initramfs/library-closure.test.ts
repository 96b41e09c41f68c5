import {
  copyFile,
  mkdir,
  mkdtempDisposable,
  readFile,
  realpath,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands, locateTool } from '../../host/run-commands.ts';
import { parseElf } from './elf.ts';
import { libraryClosure } from './library-closure.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-closure-'));
/** Programs of this host with many, few and no libraries. */
const PROGRAMS = ['mount', 'veritysetup', 'sh', 'modprobe', 'e2fsck'];

test('finds the libraries that the loader of this host finds', async (t) => {
  for (const name of PROGRAMS) {
    const program = await locateTool(name);
    const { stdout } = await commands.run({ tool: 'ldd', args: [program] });
    const paths = [...stdout.matchAll(/(?:=> |^\s)(\/\S+)/gm)].map(([, found = '']) => found);
    const expected = await Promise.all(
      [program, ...paths].map(async (file) => await realpath(file)),
    );
    const closure = await libraryClosure('/', [program]);
    t.deepEqual(closure.files, [...new Set(expected)].toSorted(), name);
    t.deepEqual(closure.addedLinks, []);
  }
});

/** A tree with this host's shell and its one library, the latter in a directory of the caller's choice. */
async function treeWithShell(tree: string, libraryDirectory: string): Promise<string> {
  const shell = await realpath(await locateTool('sh'));
  const elf = parseElf(await readFile(shell));
  const interpreter = elf?.interpreter ?? '';
  const closure = await libraryClosure('/', [shell]);
  const library = closure.files.find((file) => /libc[.-]/.test(path.basename(file))) ?? '';
  const place = async (from: string, to: string): Promise<void> => {
    await mkdir(path.dirname(path.join(tree, to)), { recursive: true });
    await copyFile(from, path.join(tree, to));
  };
  await place(shell, '/usr/bin/sh');
  await place(await realpath(interpreter), interpreter);
  await place(library, `${libraryDirectory}/libc.so.6`);
  return interpreter;
}

test('a directory that only ld.so.conf names gets a link where the loader looks by itself', async (t) => {
  await using tree = await temporary();
  await treeWithShell(tree.path, '/opt/lib');
  await mkdir(path.join(tree.path, 'etc/ld.so.conf.d'), { recursive: true });
  await mkdir(path.join(tree.path, 'usr/lib64'), { recursive: true });
  await writeFile(
    path.join(tree.path, 'etc/ld.so.conf'),
    'include /etc/ld.so.conf.d/*.conf # all\n',
  );
  await writeFile(path.join(tree.path, 'etc/ld.so.conf.d/own.conf'), '/opt/lib\n');
  const closure = await libraryClosure(tree.path, ['/usr/bin/sh']);
  t.true(closure.files.includes('/opt/lib/libc.so.6'));
  t.deepEqual(
    closure.addedLinks.map((link) => [path.basename(link.path), link.target]),
    [['libc.so.6', '/opt/lib/libc.so.6']],
  );
});

test('links on the way are part of it, and absolute ones stay inside the tree', async (t) => {
  await using tree = await temporary();
  await treeWithShell(tree.path, '/opt/lib');
  await mkdir(path.join(tree.path, 'usr/lib'), { recursive: true });
  await symlink('/opt/lib/libc.so.6', path.join(tree.path, 'usr/lib/libc.so.6'));
  const closure = await libraryClosure(tree.path, ['/usr/bin/sh']);
  t.true(closure.links.includes('/usr/lib/libc.so.6'));
  t.true(closure.files.includes('/opt/lib/libc.so.6'));
});

test('a missing library is named with its program, also where this host has it', async (t) => {
  await using tree = await temporary();
  await treeWithShell(tree.path, '/nowhere');
  await t.throwsAsync(libraryClosure(tree.path, ['/usr/bin/sh']), {
    code: 'BUILD_CHECK_FAILED',
    message: /\/usr\/bin\/sh needs libc\.so\.6, which is not in the root file system/,
  });
});

test('a library for another word size or processor is passed over', async (t) => {
  await using tree = await temporary();
  await treeWithShell(tree.path, '/usr/lib');
  const library = path.join(tree.path, 'usr/lib/libc.so.6');
  const bytes = await readFile(library);
  bytes.writeUInt16LE(40, 18); // 32-bit Arm
  await mkdir(path.join(tree.path, 'lib'), { recursive: true });
  await writeFile(path.join(tree.path, 'lib/libc.so.6'), bytes);
  const closure = await libraryClosure(tree.path, ['/usr/bin/sh']);
  t.true(closure.files.includes('/usr/lib/libc.so.6'));
  t.false(closure.files.includes('/lib/libc.so.6'));
});

test('what is no ELF file, or cut off, is not read as one', async (t) => {
  t.is(parseElf(Buffer.from('#!/bin/sh\n'.padEnd(100))), undefined);
  const shell = await readFile(await realpath(await locateTool('sh')));
  t.is(parseElf(shell.subarray(0, 300)), undefined);
  t.deepEqual(parseElf(shell)?.needed, ['libc.so.6']);
});
