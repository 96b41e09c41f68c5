import { hash } from 'node:crypto';
import test from 'ava';
import { chunkEnd } from './chunk-end.ts';

const SIZES = { min: 512, average: 2048, max: 8192 };
const BYTES = Buffer.concat(
  Array.from({ length: 20_000 }, (_, index) => hash('sha256', String(index), 'buffer')),
);

function ends(bytes: Uint8Array): readonly number[] {
  const list: number[] = [];
  for (let at = 0; at < bytes.length; at = list.at(-1) ?? 0) list.push(chunkEnd(bytes, at, SIZES));
  return list;
}

test('chunks keep to their lengths and come near the average', (t) => {
  const list = ends(BYTES);
  const lengths = list.map((end, index) => end - (list[index - 1] ?? 0)).slice(0, -1);
  t.true(lengths.every((length) => length >= SIZES.min && length <= SIZES.max));
  const average = BYTES.length / list.length;
  t.true(average > SIZES.average && average < 1.5 * SIZES.average, `${average}`);
});

test('behind an insertion chunks end soon where they ended without it', (t) => {
  const before = new Set(ends(BYTES));
  const inserted = ends(Buffer.concat([Buffer.from('something new'), BYTES]));
  const shifted = inserted.map((end) => end - 'something new'.length);
  t.true(shifted.filter((end) => before.has(end)).length > 0.95 * before.size);
});

test('bytes without any boundary are cut at the longest', (t) => {
  t.is(chunkEnd(Buffer.alloc(100_000), 0, SIZES) % SIZES.max, 0);
});
