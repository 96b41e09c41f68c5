import test from 'ava';
import fc from 'fast-check';
import { normaliseVhdFooter, VHD_FOOTER_BYTES } from './normalise-vhd.ts';

const UUID = '6f0d4c1a-8a52-5c0e-9d3f-5b7f2c1e9a64';

/** A footer with the given bytes where the format has no fixed ones, and a valid checksum. */
function footerOf(filling: Uint8Array): Buffer {
  const footer = Buffer.alloc(VHD_FOOTER_BYTES);
  footer.set(filling, 0);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(0, 64);
  const sum = footer.reduce((total, byte) => total + byte, 0);
  footer.writeUInt32BE(~sum >>> 0, 64);
  return footer;
}

const fillings = fc.uint8Array({ minLength: VHD_FOOTER_BYTES, maxLength: VHD_FOOTER_BYTES });

test('changes time stamp, checksum and identifier only, and leaves a valid checksum', (t) => {
  fc.assert(
    fc.property(fillings, (filling) => {
      const footer = footerOf(filling);
      const result = Buffer.from(normaliseVhdFooter(footer, UUID));
      t.is(result.readUInt32BE(24), 0);
      t.is(result.toString('hex', 68, 84), UUID.replaceAll('-', ''));
      t.true(result.subarray(0, 24).equals(footer.subarray(0, 24)));
      t.true(result.subarray(28, 64).equals(footer.subarray(28, 64)));
      t.true(result.subarray(84).equals(footer.subarray(84)));
      // A wrong checksum would be refused here.
      t.deepEqual(normaliseVhdFooter(result, UUID), result);
    }),
  );
});

test('refuses bytes that are no footer', (t) => {
  const error = t.throws(() => normaliseVhdFooter(Buffer.alloc(VHD_FOOTER_BYTES), UUID));
  t.like(error, { code: 'BUILD_CHECK_FAILED' });
});

test('refuses a footer that was damaged, with both checksums', (t) => {
  const footer = footerOf(Buffer.alloc(VHD_FOOTER_BYTES));
  footer.writeUInt8(1, 200);
  const error = t.throws(() => normaliseVhdFooter(footer, UUID));
  t.regex(error.message, /checksum is 0x[0-9a-f]{8}, expected 0x[0-9a-f]{8}/);
});
