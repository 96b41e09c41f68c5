import {
  encodeSlotRecords,
  type RecordedRelease,
  type SlotRecord,
} from '../../disk/slot-records.ts';

/** The slot records of a new node: slot A holds the release and is good, slot B is empty. */
export function firstRecords(release: RecordedRelease, now: Date): Uint8Array {
  const since = now.toISOString();
  const of = (record: Pick<SlotRecord, 'state' | 'release'>): SlotRecord => {
    return { ...record, since, activatedIn: null };
  };
  const records = {
    A: of({ state: 'good', release }),
    B: of({ state: 'empty', release: null }),
    failed: [],
    floor: release.securityFloor,
  };
  return Buffer.concat([1, 2].map((sequence) => encodeSlotRecords(records, sequence)));
}
