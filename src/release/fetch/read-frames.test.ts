import test from 'ava';
import fc from 'fast-check';
import { frameOffsets } from './merge-ranges.ts';
import { readFrames } from './read-frames.ts';

test('frames come whole and in order, however the bytes were cut on the way', async (t) => {
  const property = fc.asyncProperty(
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 }),
    fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 10 }),
    async (lengths, cuts) => {
      const offsets = frameOffsets(lengths.map((frameBytes) => ({ frameBytes })));
      const endByte = offsets.at(-1) ?? 0;
      const bytes = Buffer.from(Array.from({ length: endByte }, (_, index) => index % 251));
      const run = { first: 0, end: lengths.length, startByte: 0, endByte };
      const seen: Buffer[] = [];
      let next = 0;
      for await (const frame of readFrames(pieces(bytes, cuts), run, offsets)) {
        if (frame.index !== next) return false;
        next += 1;
        seen.push(Buffer.from(frame.bytes));
      }
      return (
        next === lengths.length &&
        Buffer.concat(seen).equals(bytes) &&
        seen.every(({ length }, index) => length === lengths[index])
      );
    },
  );
  await t.notThrowsAsync(async () => await fc.assert(property));
});

async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  for (let position = 0, piece = 0; position < bytes.length; piece += 1) {
    const length = cuts[piece % cuts.length] ?? 1;
    yield bytes.subarray(position, position + length);
    position += length;
  }
}
