import test from 'ava';
import fc from 'fast-check';
import {
  emptySlotFiles,
  slotConfiguration,
  slotSums,
  type SlotConfiguration,
} from './slot-files.ts';
import { parseSlotConfiguration, parseSlotSums } from './parse-slot-configuration.ts';

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const word = fc
  .stringMatching(/^[A-Za-z0-9_.-]{1,12}(?:=[A-Za-z0-9_.,:/@+%-]{1,12})?$/)
  .filter((argument) => argument !== '--');
const bootPath = fc.stringMatching(/^\/boot\/[A-Za-z0-9._+~-]{1,30}$/);

const configurations: fc.Arbitrary<SlotConfiguration> = fc.record({
  release: hex.map((digest) => `sha256:${digest}`),
  version: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,20}$/),
  epoch: fc.nat(),
  securityFloor: fc.nat(),
  kernel: bootPath,
  initramfs: bootPath,
  kernelArguments: fc.array(word, { maxLength: 8 }),
  image: fc.option(fc.record({ size: fc.nat(), sha256: hex })),
  verity: fc.option(fc.record({ rootHash: hex, hashOffset: fc.nat() })),
  area: fc.option(fc.record({ firstSector: fc.nat(), sectors: fc.nat() })),
});

test('reads back every configuration that is written for a slot', (t) => {
  fc.assert(
    fc.property(configurations, (configuration) => {
      const text = Buffer.from(slotConfiguration(configuration)).toString('latin1');
      t.deepEqual(parseSlotConfiguration(text), configuration);
    }),
  );
});

test('reads back both sums', (t) => {
  fc.assert(
    fc.property(bootPath, bootPath, hex, (kernel, initramfs, sha256) => {
      const sums = [
        { path: kernel, sha256 },
        { path: initramfs, sha256 },
      ] as const;
      const written = slotSums({ kernel: sums[0], initramfs: sums[1] });
      t.deepEqual(parseSlotSums(Buffer.from(written).toString('latin1')), [...sums]);
    }),
  );
});

test('finds no release in an empty slot, and none in garbage', (t) => {
  const empty = emptySlotFiles();
  t.is(parseSlotConfiguration(Buffer.from(empty.configuration).toString('latin1')), null);
  t.deepEqual(parseSlotSums(Buffer.from(empty.sums).toString('latin1')), []);
  t.is(parseSlotConfiguration('\0\xff'.repeat(100)), null);
});
