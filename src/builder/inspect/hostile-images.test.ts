import { mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { plainContent } from './erofs/inode.ts';
import { runsOf } from './ext4/block-map.ts';
import type { ImageBytes } from './image-bytes.ts';
import { inspectImage } from './inspect-image.ts';
import { readContent } from './tree/read-content.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-hostile-'));

/** A root image with one file where rpm's database would be; inspecting copies that out. */
async function makeImage(directory: string, name: string): Promise<string> {
  const tree = path.join(directory, 'tree');
  const image = path.join(directory, 'image');
  await mkdir(path.join(tree, 'usr/lib/sysimage/rpm'), { recursive: true });
  await writeFile(path.join(tree, 'usr/lib/sysimage/rpm', name), 'evil');
  const options = ['-q', '-F', '-t', 'ext4', '-O', '^has_journal,^metadata_csum'];
  await commands.run({ tool: 'mke2fs', args: [...options, '-d', tree, image, '8M'] });
  return image;
}

test('a name that leads out of the scratch folder is refused, and nothing is written there', async (t) => {
  await using directory = await temporary();
  const scratch = path.join(directory.path, 'scratch');
  await mkdir(scratch);
  // Six levels up is beside the folder that inspecting makes in there.
  const evil = '../../../../../../evil';
  const stand = 'x'.repeat(evil.length);
  const image = await makeImage(directory.path, stand);
  const bytes = await readFile(image);
  bytes.write(evil, bytes.indexOf(stand), 'latin1');
  await writeFile(image, bytes);
  await t.throwsAsync(inspectImage(image, { commands, scratchDirectory: scratch }), {
    code: 'BUILD_CHECK_FAILED',
    message: /impossible name/,
  });
  t.deepEqual(await readdir(scratch), []);
});

for (const hashBlockSize of [0, 32, 2 ** 31]) {
  test(`a hash tree of blocks of ${hashBlockSize} bytes counts as none`, async (t) => {
    await using directory = await temporary();
    const image = await makeImage(directory.path, 'database');
    const superblock = Buffer.alloc(8192);
    superblock.write('verity\0\0\x01\0\0\0\x01', 'latin1');
    superblock.write('sha256', 32, 'latin1');
    superblock.writeUInt32LE(4096, 64);
    superblock.writeUInt32LE(hashBlockSize, 68);
    superblock.writeUInt32LE(2048, 72);
    await writeFile(image, Buffer.concat([await readFile(image), superblock]));
    const report = await inspectImage(image, { commands, scratchDirectory: directory.path });
    t.true(report.kind === 'root-image' && report.verity === null);
  });
}

const numbers = { inodes: 1, inodeSize: 256, inodesPerGroup: 1, blocksPerGroup: 1 };
const superblock = { ...numbers, blockSize: 4096, firstDataBlock: 0, descriptorSize: 32 };

function imageOf(block: Buffer): ImageBytes {
  return {
    ...{ file: 'image', offset: 0, size: 4096, read: async () => block },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Full of entries that all name block 1: this one. */
function looping(form: 'extents' | 'block map'): Buffer {
  const block = Buffer.alloc(4096);
  if (form === 'block map') {
    for (let at = 0; at < block.length; at += 4) block.writeUInt32LE(1, at);
    return block;
  }
  block.writeUInt16LE(0xf30a, 0);
  block.writeUInt16LE(340, 2);
  block.writeUInt16LE(1, 6);
  for (let at = 12; at < 12 + 340 * 12; at += 12) block.writeUInt32LE(1, at + 4);
  return block;
}

for (const form of ['extents', 'block map'] as const) {
  test(`${form} that come back to themselves are damage, and not followed for ever`, async (t) => {
    const block = looping(form);
    const ext4 = { bytes: imageOf(block), superblock: { ...superblock, blocks: 2, freeBlocks: 0 } };
    const root = Buffer.from(block.subarray(0, 60));
    if (form === 'extents') root.writeUInt16LE(4, 2);
    const inode = { number: 12, mode: 0o100644, uid: 0, gid: 0, size: 2 ** 42, attributeBlock: 0 };
    const file = { ...inode, hasExtents: form === 'extents', block: root, tail: Buffer.alloc(0) };
    await t.throwsAsync(runsOf(ext4, file), {
      code: 'BUILD_CHECK_FAILED',
      message: /comes back to itself/,
    });
  });
}

test('a directory of erofs that claims more bytes than there can be is damage', async (t) => {
  const places = { rootNode: 1, blocks: 1, metadataPosition: 0, attributesPosition: 0 };
  const erofs = { bytes: imageOf(Buffer.alloc(4096)), superblock: { ...places, blockSize: 4096 } };
  const inode = { node: 1, mode: 0o40755, uid: 0, gid: 0, size: 2 ** 60, layout: 0, rawBlock: 0 };
  const content = plainContent(erofs, { ...inode, attributesPosition: 0, attributesSize: 0 });
  await t.throwsAsync(content, { code: 'BUILD_CHECK_FAILED', message: /claims \d+ bytes/ });
});

test('contents that were not unpacked are damage', async (t) => {
  const plain = { path: '/a', kind: 'file', mode: 0o644, uid: 0, gid: 0, size: 1 } as const;
  const content = { file: '/nowhere/a', runs: [{ position: 0, length: 1 }] };
  const node = { ...plain, target: null, attributes: null, content };
  await t.throwsAsync(readContent(node), { code: 'BUILD_CHECK_FAILED', message: /cannot be read/ });
});
