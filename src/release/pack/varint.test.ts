import test from 'ava';
import fc from 'fast-check';
import { decodeVarint, encodeVarint, unzigzag, zigzag } from './varint.ts';

test('every integer comes back, in as few bytes as it needs', (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = encodeVarint(value);
      t.deepEqual(decodeVarint(Uint8Array.from([9, ...bytes, 9]), 1), {
        value,
        end: bytes.length + 1,
      });
      t.is(bytes.length, Math.max(1, Math.ceil(value.toString(2).length / 7)));
    }),
  );
});

test('signed integers come back', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), (value) => {
      t.is(unzigzag(zigzag(value)), value);
    }),
  );
});

test('what is cut short, too long or above 2^53 - 1 is no number', (t) => {
  for (const bytes of [
    [],
    [128],
    [128, 0],
    [255, 255, 255, 255, 255, 255, 255, 31],
    Array(9).fill(129),
  ]) {
    t.is(decodeVarint(Uint8Array.from(bytes), 0), null, bytes.join(' '));
  }
  t.is(
    decodeVarint(Uint8Array.from([255, 255, 255, 255, 255, 255, 255, 15]), 0)?.value,
    2 ** 53 - 1,
  );
});

test('nothing but an integer from 0 to 2^53 - 1 is written', (t) => {
  for (const value of [-1, 0.5, 2 ** 53, Number.NaN])
    t.throws(() => encodeVarint(value), { instanceOf: RangeError });
});
