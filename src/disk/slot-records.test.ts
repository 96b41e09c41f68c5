import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import {
  decodeSlotRecords,
  encodeSlotRecords,
  SLOT_RECORDS_BYTES,
  withFailure,
  type SlotRecord,
  type SlotRecords,
} from './slot-records.ts';

const COPY = SLOT_RECORDS_BYTES / 2;

const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);
const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', maxLength }).filter((one) => one.length <= maxLength);

const slot: fc.Arbitrary<SlotRecord> = fc.record({
  state: fc.constantFrom('empty', 'writing', 'written', 'trial', 'good', 'bad', 'unknown'),
  release: fc.option(
    fc.record({
      digest,
      version: text(64),
      epoch: fc.nat(),
      securityFloor: fc.nat(),
      image: fc.option(
        fc.record({ size: fc.integer({ min: 1 }), sha256: fc.stringMatching(/^[0-9a-f]{64}$/) }),
      ),
    }),
  ),
  since: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') })
    .map((at) => at.toISOString()),
  activatedIn: fc.option(text(64)),
});

const records: fc.Arbitrary<SlotRecords> = fc.record({
  A: slot,
  B: slot,
  failed: fc.array(
    fc.record({ digest, reason: fc.record({ code: text(32), message: text(160) }) }),
    { maxLength: 16 },
  ),
  floor: fc.nat(),
});

const pair = (first: Uint8Array, second: Uint8Array): Buffer => Buffer.concat([first, second]);

test('what is recorded is read back, in whatever letters, and a copy always has its size', (t) => {
  fc.assert(
    fc.property(records, fc.nat(), (value, sequence) => {
      const copy = encodeSlotRecords(value, sequence);
      t.is(copy.length, COPY);
      const read = decodeSlotRecords(pair(copy, Buffer.alloc(COPY)));
      assert.ok(read);
      const { failed, ...others } = read.records;
      t.deepEqual({ ...others, failed: value.failed }, value);
      t.deepEqual(failed, value.failed.slice(0, failed.length));
    }),
  );
});

test('of more failures than there is room for, the last ones are kept', (t) => {
  const one: SlotRecord = {
    state: 'good',
    release: null,
    since: new Date(0).toISOString(),
    activatedIn: null,
  };
  let value: SlotRecords = { A: one, B: one, failed: [], floor: 0 };
  for (let count = 0; count < 40; count += 1) {
    const failed = `sha256:${String(count).padStart(64, '0')}`;
    value = withFailure(value, {
      digest: failed,
      reason: { code: 'UNHEALTHY', message: '→'.repeat(300) },
    });
    const read = decodeSlotRecords(pair(encodeSlotRecords(value, count), Buffer.alloc(COPY)));
    t.is(read?.records.failed[0]?.digest, failed);
  }
});

test('the newest copy that is whole counts, and a byte that changed is found', (t) => {
  fc.assert(
    fc.property(
      records,
      fc.nat({ max: COPY - 1 }),
      fc.integer({ min: 1, max: 255 }),
      (value, at, change) => {
        const [old, young] = [
          encodeSlotRecords(value, 7),
          encodeSlotRecords({ ...value, floor: 5 }, 8),
        ];
        t.is(decodeSlotRecords(pair(old, young))?.sequence, 8);
        t.is(decodeSlotRecords(pair(young, old))?.sequence, 8);
        const damaged = Buffer.from(young);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        const read = decodeSlotRecords(pair(old, damaged));
        // What fills a copy up may change: then it is as good as it was.
        t.true(read?.sequence === 7 || damaged.subarray(0, at).toString().trimEnd().endsWith('}}'));
      },
    ),
  );
});

test('anything else is no record, and never an error', (t) => {
  t.is(decodeSlotRecords(Buffer.alloc(SLOT_RECORDS_BYTES)), null);
  t.is(decodeSlotRecords(Buffer.alloc(10)), null);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: SLOT_RECORDS_BYTES }), (bytes) => {
      t.is(decodeSlotRecords(bytes), null);
    }),
  );
});

test('what a newer agent has written besides is no damage to an older one', (t) => {
  const value = fc.sample(records, 1)[0] ?? t.fail();
  const newer = { ...value, floor: 7, quarantine: [], A: { ...value.A, boots: 3 } };
  const read = decodeSlotRecords(pair(encodeSlotRecords(newer, 2), Buffer.alloc(COPY)));
  t.deepEqual(read?.records, { ...value, floor: 7 });
});
