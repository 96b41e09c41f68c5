import { createHash, randomBytes } from 'node:crypto';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../host/run-commands.ts';
import { BLOCK_BYTES, blockBytes } from './block-table.ts';
import { compressImage } from './compress-image.ts';
import { decompressFrame } from './frame.ts';

const commands = hostCommands({ signal: new AbortController().signal });

/** Text, noise and zeros; the last block is short. */
const IMAGE = Buffer.concat([
  Buffer.alloc(6 * BLOCK_BYTES, 'kubeos '),
  randomBytes(3 * BLOCK_BYTES),
  Buffer.alloc(3 * BLOCK_BYTES + 8192),
]);

async function compress(directory: string, name = 'image.zst') {
  const image = path.join(directory, 'root.img');
  await writeFile(image, IMAGE);
  const output = path.join(directory, name);
  return { output, ...(await compressImage({ image, output, level: 3 })) };
}

test('zstd of the command line gives the image back', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-release-');
  const { output } = await compress(dir.path);
  const raw = path.join(dir.path, 'raw');
  await commands.run({ tool: 'zstd', args: ['-q', '-d', '-o', raw, output] });
  t.true((await readFile(raw)).equals(IMAGE));
});

test('each frame is decoded alone, at the place that the table tells', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-release-');
  const { output, table, size, sha256 } = await compress(dir.path);
  const bytes = await readFile(output);
  t.is(bytes.length, size);
  t.is(createHash('sha256').update(bytes).digest('hex'), sha256);
  t.deepEqual(Buffer.from(table.imageSha256), createHash('sha256').update(IMAGE).digest());
  let position = 0;
  for (const [index, block] of table.blocks.entries()) {
    const frame = bytes.subarray(position, position + block.frameBytes);
    const raw = decompressFrame(frame, blockBytes(table.imageBytes, index));
    t.true(raw.equals(IMAGE.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES)));
    t.deepEqual(Buffer.from(block.sha256), createHash('sha256').update(raw).digest());
    position += block.frameBytes;
  }
  t.is(position, size);
});

test('the same image gives the same bytes', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-release-');
  const [one, other] = [await compress(dir.path), await compress(dir.path, 'again.zst')];
  t.is(one.sha256, other.sha256);
});

test('an output that cannot be written is told to whoever asked for it', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-release-');
  await compress(dir.path);
  await t.throwsAsync(compress(dir.path), { code: 'EEXIST' });
});
