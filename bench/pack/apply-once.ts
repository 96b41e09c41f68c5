import { hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { writeAll } from '../../src/disk/write-at.ts';
import { BLOCK_BYTES } from '../../src/release/block-table.ts';
import { applyPack } from '../../src/release/pack/apply-pack.ts';
import { packReader, readOperationTable } from '../../src/release/pack/pack-reader.ts';
import { positionalReader } from '../../src/release/pack/positional-reader.ts';
import { loadPair } from './load-pair.ts';

/** What a node does with a pack, each block verified before it is written: node bench/pack/apply-once.ts BASE NEW WORK PACK OUTPUT */
const [baseFolder = '', imageFolder = '', work = '', packFile = '', output = ''] =
  process.argv.slice(2);
const { base, image, images } = loadPair([baseFolder, imageFolder], work);
await using from = await open(base.image);
await using file = await open(packFile);
await using to = await open(output, 'w+');
const { size } = await file.stat();
const pack = packReader(file.createReadStream({ highWaterMark: 2 ** 17, autoClose: false }));
const table = await readOperationTable(pack, { ...images, packBytes: size });
const readers = { base: positionalReader(from), output: positionalReader(to) };
for await (const { index, bytes } of applyPack({ table, pack, ...readers })) {
  const expected = image.table.blocks[index]?.sha256;
  if (expected === undefined || !hash('sha256', bytes, 'buffer').equals(expected)) {
    throw new Error(`block ${index} is not what the block table says`);
  }
  await writeAll(to, bytes, index * BLOCK_BYTES);
}
