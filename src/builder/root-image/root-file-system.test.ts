import {
  chmod,
  mkdir,
  mkdtempDisposable,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { inNamespace } from '../../host/in-namespace.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { clampTimes, removeTree } from '../tree/tree-commands.ts';
import { makeRootFileSystem, type FileSystem } from './root-file-system.ts';
import { appendVerity } from './verity.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const EPOCH = 1_577_836_800;

interface Sample extends AsyncDisposable {
  readonly directory: string;
  readonly tree: string;
}

/** A tree with an odd owner, a file capability and a mode that only root reads, made like a build makes it. */
async function sampleTree(place = tmpdir()): Promise<Sample> {
  const directory = await mkdtempDisposable(path.join(place, 'kubeos-root-'));
  const tree = path.join(directory.path, 'tree');
  await mkdir(path.join(tree, 'usr/bin'), { recursive: true });
  await writeFile(path.join(tree, 'usr/bin/ping'), 'ping'.repeat(5000));
  await chmod(path.join(tree, 'usr/bin/ping'), 0o755);
  await writeFile(path.join(tree, 'secret'), 'secret');
  await symlink('usr/bin', path.join(tree, 'bin'));
  const inTree = async (tool: string, ...args: string[]): Promise<unknown> =>
    await commands.run(inNamespace({ tool, args }));
  await inTree('chown', '4242:43', `${tree}/secret`);
  await inTree('chmod', '0000', `${tree}/secret`);
  await inTree('setcap', 'cap_net_raw=ep', `${tree}/usr/bin/ping`);
  await commands.run(clampTimes(tree, EPOCH));
  return {
    directory: directory.path,
    tree,
    [Symbol.asyncDispose]: async () => {
      await commands.run(removeTree(tree));
      await directory.remove();
    },
  };
}

async function make(sample: Sample, fileSystem: FileSystem, name: string): Promise<string> {
  const image = path.join(sample.directory, name);
  await rm(image, { force: true });
  const { tree } = sample;
  await makeRootFileSystem({ tree, image, fileSystem, seed: 'test', epoch: EPOCH, commands });
  return image;
}

for (const fileSystem of ['ext4', 'squashfs', 'erofs'] as const) {
  test(`${fileSystem}: two trees made at different times give the same bytes`, async (t) => {
    await using first = await sampleTree();
    await sleep(1100);
    await using second = await sampleTree();
    const [a, b] = [await make(first, fileSystem, 'a'), await make(second, fileSystem, 'b')];
    t.true((await readFile(a)).equals(await readFile(b)));
  });
}

for (const fileSystem of ['ext4', 'squashfs', 'erofs'] as const) {
  test(`${fileSystem}: a tree in memory and one on a disk give the same bytes`, async (t) => {
    const images: Buffer[] = [];
    for (const place of ['/dev/shm', '/var/tmp']) {
      await using sample = await sampleTree(place);
      // tmpfs and disks list names, and count what a directory takes, each in their own way.
      for (let folder = 0; folder < (fileSystem === 'ext4' ? 20 : 2); folder += 1) {
        const at = path.join(sample.tree, `usr/${folder}`);
        await mkdir(at);
        for (let file = 0; file < 230; file += 1) {
          await writeFile(path.join(at, `${file}`.padStart(250, 'n')), '');
        }
      }
      await commands.run(clampTimes(sample.tree, EPOCH));
      images.push(await readFile(await make(sample, fileSystem, 'root.img')));
    }
    t.true(images[0]?.equals(images[1] ?? Buffer.alloc(0)));
  });
}

test('ext4 keeps owners, modes and file capabilities', async (t) => {
  await using sample = await sampleTree();
  const image = await make(sample, 'ext4', 'root.img');
  const ask = async (request: string): Promise<string> =>
    (await commands.run({ tool: 'debugfs', args: ['-R', request, image] })).stdout;
  t.regex(await ask('stat /secret'), /Mode: {2}0000 .*\nUser: {2}4242 {3}Group: {4}43/s);
  // vfs_cap_data version 2, effective, CAP_NET_RAW (capabilities(7)).
  t.regex(
    await ask('ea_list /usr/bin/ping'),
    /security\.capability \(20\) = 01 00 00 02 00 20 00 00/,
  );
});

test('a flipped bit is found by the hash tree', async (t) => {
  await using sample = await sampleTree();
  const image = await make(sample, 'ext4', 'root.img');
  const { length: sizeBytes } = await readFile(image);
  const verity = await appendVerity(image, { sizeBytes, seed: 'test' }, commands);
  const bytes = await readFile(image);
  bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
  await writeFile(image, bytes);
  const args = ['verify', `--hash-offset=${verity.hashOffset}`, image, image, verity.rootHash];
  await t.throwsAsync(commands.run({ tool: 'veritysetup', args }), { code: 'COMMAND_FAILED' });
});

test('ext4: a tree that its own size does not foretell gets more room', async (t) => {
  await using sample = await sampleTree();
  // Extended attributes of more than an inode holds take a block each.
  const files = Array.from({ length: 300 }, (_, index) => path.join(sample.tree, `usr/f${index}`));
  for (const [index, file] of files.entries()) await writeFile(file, `${index}`);
  for (const [index, file] of files.entries()) {
    const value = `${index}`.padEnd(1000, '.');
    await commands.run({ tool: 'setfattr', args: ['-n', 'user.x', '-v', value, file] });
  }
  const image = await make(sample, 'ext4', 'root.img');
  const read = await commands.run({ tool: 'debugfs', args: ['-R', 'ea_list /usr/f299', image] });
  t.regex(read.stdout, /user\.x \(1000\)/);
});

test('the planned size holds any tree', async (t) => {
  const sizes = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(sizes, async (list) => {
      await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-size-'));
      const tree = path.join(directory.path, 'tree');
      for (const [index, size] of list.entries()) {
        await mkdir(path.join(tree, `d${index % 7}`), { recursive: true });
        await writeFile(path.join(tree, `d${index % 7}`, `f${index}`), Buffer.alloc(size, 'x'));
      }
      const image = path.join(directory.path, 'root.img');
      await makeRootFileSystem({
        tree,
        image,
        fileSystem: 'ext4',
        seed: 's',
        epoch: EPOCH,
        commands,
      });
    }),
    { numRuns: 15 },
  );
  t.pass();
});
