import {
  mkdir,
  mkdtempDisposable,
  open,
  readdir,
  readFile,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { MIB } from '../../../disk/layout.ts';
import { hostCommands } from '../../../host/run-commands.ts';
import { writePxe, type PxeRequest } from './write-pxe.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-pxe-'));

async function makeRequest(directory: string): Promise<PxeRequest> {
  const at = (name: string): string => path.join(directory, name);
  await writeFile(at('kernel'), 'kernel');
  await writeFile(at('initramfs'), 'initramfs');
  await using root = await open(at('root.img'), 'wx');
  await root.write('begin');
  await root.truncate(24 * MIB + 5);
  await root.write('end', 24 * MIB + 2);
  return {
    kernel: at('kernel'),
    initramfs: at('initramfs'),
    rootImage: at('root.img'),
    output: at('pxe'),
    name: 'minimal',
    version: '1.2.3',
    kernelArguments: ['console=ttyS0', 'quiet'],
    verity: { rootHash: 'ab'.repeat(32), hashOffset: 23 * MIB },
    bootFiles: { configuration: Buffer.from('of the slot'), sums: Buffer.from('sums of it') },
  };
}

test('the archive unpacks to the root image byte for byte with its boot files beside it, and keeps its holes', async (t) => {
  await using dir = await temporary();
  const request = await makeRequest(dir.path);
  await writePxe(request);
  const archive = path.join(request.output, 'root.img.cpio');
  const unpacked = path.join(dir.path, 'unpacked');
  await mkdir(unpacked);
  const args = ['--extract', '--quiet', `--file=${archive}`];
  await commands.run({ tool: 'cpio', args, workingDirectory: unpacked });
  t.deepEqual((await readdir(unpacked)).toSorted(), ['boot.cfg', 'boot.sum', 'root.img']);
  t.is(await readFile(path.join(unpacked, 'boot.cfg'), 'utf8'), 'of the slot');
  t.is(await readFile(path.join(unpacked, 'boot.sum'), 'utf8'), 'sums of it');
  const expected = await readFile(request.rootImage);
  t.true(expected.equals(await readFile(path.join(unpacked, 'root.img'))));
  t.true((await stat(archive)).blocks * 512 < 4 * MIB);
});

test('the script names the files beside it, the root image, its root hash and the arguments', async (t) => {
  await using dir = await temporary();
  const request = await makeRequest(dir.path);
  await writePxe(request);
  t.deepEqual((await readdir(request.output)).toSorted(), [
    'boot.ipxe',
    'initramfs.img',
    'root.img.cpio',
    'vmlinuz',
  ]);
  const script = await readFile(path.join(request.output, 'boot.ipxe'), 'utf8');
  t.true(script.startsWith('#!ipxe\n# minimal 1.2.3: '));
  t.notRegex(script, /@[A-Z_]+@/);
  const kernelLine = script.split('\n').find((line) => line.startsWith('kernel '));
  t.is(
    kernelLine,
    `kernel vmlinuz initrd=initramfs.img initrd=root.img.cpio kubeos.root=/root.img kubeos.verity=${'ab'.repeat(32)},${23 * MIB} panic=30 console=ttyS0 quiet || goto failed`,
  );
});

test('without verity no root hash is passed', async (t) => {
  await using dir = await temporary();
  const request = await makeRequest(dir.path);
  await writePxe({ ...request, verity: null });
  const script = await readFile(path.join(request.output, 'boot.ipxe'), 'utf8');
  t.notRegex(script, /kubeos\.verity/);
});

test('refuses a root image that is too large for the archive format', async (t) => {
  await using dir = await temporary();
  const request = await makeRequest(dir.path);
  {
    await using root = await open(request.rootImage, 'r+');
    await root.truncate(2 ** 32);
  }
  const error = await t.throwsAsync(writePxe(request));
  t.like(error, { code: 'DEFINITION_INVALID' });
});
