import { hash } from 'node:crypto';
import fc from 'fast-check';
import test from 'ava';
import { isSealOf, readGrubLabel, SEAL_BYTES, sealGrubImage } from './grub-seal.ts';

const PLACE = 8192;
const LABEL = { version: 'uefi-0123456789abcdef', epoch: 7 };
const isWhole = (place: Buffer): boolean =>
  isSealOf(place.subarray(-SEAL_BYTES), hash('sha256', place.subarray(0, -512)), place.length);
const sealed = (): Buffer => Buffer.from(sealGrubImage(Buffer.alloc(1000, 'g'), LABEL, PLACE));

test('a sealed image keeps its bytes, is filled up, and says what it is', (t) => {
  const place = sealed();
  t.is(place.length, PLACE);
  t.deepEqual(place.subarray(0, 1000), Buffer.alloc(1000, 'g'));
  t.deepEqual(place.subarray(1000, -SEAL_BYTES), Buffer.alloc(PLACE - SEAL_BYTES - 1000));
  t.deepEqual(readGrubLabel(place.subarray(-SEAL_BYTES)), LABEL);
  t.true(isWhole(place));
});

test('any change of any byte breaks the seal', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.nat(PLACE - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const place = sealed();
        place.writeUInt8(place.readUInt8(at) ^ change, at);
        return !isWhole(place);
      }),
    ),
  );
});

test('a place without a label is told from one that has it', (t) => {
  const seal = sealed().subarray(-SEAL_BYTES);
  t.is(readGrubLabel(Buffer.alloc(SEAL_BYTES)), null);
  t.is(readGrubLabel(Buffer.alloc(0)), null);
  t.is(readGrubLabel(Buffer.from(seal.toString('latin1').replace('uefi', 'UEFI'))), null);
  t.is(readGrubLabel(Buffer.from(seal.toString('latin1').replace(' 7\n#', ' 7##'))), null);
  t.false(isWhole(Buffer.alloc(PLACE)));
  t.false(isWhole(Buffer.alloc(0)));
});

test('an image fills its place, and not one byte more', (t) => {
  t.notThrows(() => sealGrubImage(Buffer.alloc(PLACE - SEAL_BYTES), LABEL, PLACE));
  t.throws(() => sealGrubImage(Buffer.alloc(PLACE - SEAL_BYTES + 1), LABEL, PLACE), {
    code: 'BUILD_CHECK_FAILED',
  });
});
