import type { PositionalFile } from './positional-file.ts';
import {
  decodeSlotRecords,
  encodeSlotRecords,
  SLOT_RECORDS_BYTES,
  type SlotRecords,
} from './slot-records.ts';
import { writeCopies } from './two-copies.ts';

/** What is recorded; null where nothing readable is. */
export async function readSlotRecords(file: PositionalFile): Promise<SlotRecords | null> {
  return (await readStored(file))?.records ?? null;
}

/** Replaces what is recorded: a cut leaves the old or the new. */
export async function writeSlotRecords(file: PositionalFile, records: SlotRecords): Promise<void> {
  const stored = await readStored(file);
  const bytes = encodeSlotRecords(records, (stored?.sequence ?? 0) + 1);
  await writeCopies(file, bytes, stored?.copy ?? null);
}

async function readStored(file: PositionalFile): Promise<ReturnType<typeof decodeSlotRecords>> {
  const bytes = Buffer.alloc(SLOT_RECORDS_BYTES);
  await file.read(bytes, 0);
  return decodeSlotRecords(bytes);
}
