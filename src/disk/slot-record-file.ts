import type { PositionalFile } from './positional-file.ts';
import {
  copyPosition,
  decodeSlotRecords,
  encodeSlotRecords,
  SLOT_RECORDS_BYTES,
  type SlotRecords,
} from './slot-records.ts';

/** What is recorded; null where nothing readable is. */
export async function readSlotRecords(file: PositionalFile): Promise<SlotRecords | null> {
  return (await readStored(file))?.records ?? null;
}

/**
 * Writes both copies in place, one after the other, each flushed before the next is begun: a cut leaves one whole. The
 * file is never made longer, so a full PERSIST cannot stop it. Written first is the copy that is not the newest.
 */
export async function writeSlotRecords(file: PositionalFile, records: SlotRecords): Promise<void> {
  const stored = await readStored(file);
  const bytes = encodeSlotRecords(records, (stored?.sequence ?? 0) + 1);
  const first = stored === null ? 0 : 1 - stored.copy;
  for (const copy of [first, 1 - first]) {
    await file.write(bytes, copyPosition(copy));
    await file.flush();
  }
}

async function readStored(file: PositionalFile): Promise<ReturnType<typeof decodeSlotRecords>> {
  const bytes = Buffer.alloc(SLOT_RECORDS_BYTES);
  await file.read(bytes, 0);
  return decodeSlotRecords(bytes);
}
