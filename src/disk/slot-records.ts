import { z } from 'zod';
import { KubeosError } from '../errors.ts';
import { decodeCopies, encodeCopy, TWO_COPIES_BYTES } from './two-copies.ts';

export const SLOT_RECORDS_BYTES = TWO_COPIES_BYTES;
/** So many failed releases are remembered, as far as a copy has room for them, and so many letters of why. */
const MAX_FAILED = 16;
const MAX_REASON = 160;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

// PERSIST is shared with the release that a node falls back to: more keys, of a newer agent, are no damage. What they meant
// is gone when an older one writes; a security floor that was lost with them would be worse.
export const recordedReleaseSchema = z.object({
  /** Of its manifest. */
  digest,
  version: z.string().max(64),
  epoch: z.int().min(0),
  securityFloor: z.int().min(0),
  /** Of what it writes to /var (contract section 3); left out for 0. */
  dataEpoch: z.int().min(1).optional(),
  /** Version of kubelet in it, where its manifest says one. */
  kubelet: z.string().max(32).optional(),
  /** Null where only the slot's boot configuration is known. */
  image: z.object({ size: z.int().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) }).nullable(),
  /** Nobody signed it, and no verity guards it: a root file system that came as a plain tar. */
  unsigned: z.literal(true).optional(),
});

const reason = z.object({ code: z.string().max(32), message: z.string().max(MAX_REASON) });

export const failedReleaseSchema = z.object({
  digest,
  reason,
  /** It was activated again since then: how that trial ends is not known yet. */
  isRetried: z.literal(true).optional(),
});

/** A slot's record (contract section 3). */
export const slotRecordSchema = z.object({
  /**
   * `writing`: it may hold anything. `written`: all of it was read back and is right. `trial`: to be booted, or booted
   * and not yet committed. `good`: was committed. `bad`: fell back from. `unknown`: nothing is recorded about it.
   */
  state: z.enum(['empty', 'writing', 'written', 'trial', 'good', 'bad', 'unknown']),
  release: recordedReleaseSchema.nullable(),
  /** When it came into this state. */
  since: z.iso.datetime(),
  /** Of a trial: the boot in which it was activated, before its own. */
  activatedIn: z.string().max(64).nullable(),
  /** Of a trial: once healthy, it is for so long left to whoever activated it to commit it. Left out for not at all. */
  holdSeconds: z.int().min(1).optional(),
});

const records = z.object({
  A: slotRecordSchema,
  B: slotRecordSchema,
  /** Releases that this node fell back from, the last one first. */
  failed: z.array(failedReleaseSchema).max(MAX_FAILED),
  /** No release with a smaller epoch may be installed: the highest security floor that was committed here. */
  floor: z.int().min(0),
  /** The last boot in which the agent looked at GRUB's block. Left out by agents of before. */
  seenIn: z.string().max(64).optional(),
});

export type SlotRecord = Readonly<z.infer<typeof slotRecordSchema>>;
export type RecordedRelease = Readonly<z.infer<typeof recordedReleaseSchema>>;
export type FailureReason = Readonly<z.infer<typeof reason>>;
export type SlotRecords = Readonly<z.infer<typeof records>>;

/**
 * One copy. Releases that failed longest ago are left out where there is no room for all.
 *
 * @throws KubeosError INTERNAL for slots that do not fit
 */
export function encodeSlotRecords(value: SlotRecords, sequence: number): Buffer {
  const copy = encodeCopy(value, sequence);
  if (copy !== null) return copy;
  if (value.failed.length > 0) {
    return encodeSlotRecords({ ...value, failed: value.failed.slice(0, -1) }, sequence);
  }
  throw new KubeosError('INTERNAL', 'the slot records are longer than their place');
}

/** The records of both copies: the newest that is whole, and where it lies; null where neither is. */
export function decodeSlotRecords(bytes: Uint8Array): StoredRecords | null {
  const found = decodeCopies(bytes, records);
  return found === null
    ? null
    : { records: found.value, sequence: found.sequence, copy: found.copy };
}

export interface StoredRecords {
  readonly records: SlotRecords;
  readonly sequence: number;
  readonly copy: number;
}

/** The release is tried again: what it failed of before is no reason for how that ends. */
export function withRetry(value: SlotRecords, retried: string | undefined): SlotRecords {
  const failed = value.failed.map((one) =>
    one.digest === retried ? { ...one, isRetried: true as const } : one,
  );
  return { ...value, failed };
}

/** With one more failed release, remembered before all others. */
export function withFailure(
  value: SlotRecords,
  failed: SlotRecords['failed'][number],
): SlotRecords {
  const message = failed.reason.message.slice(0, MAX_REASON);
  const others = value.failed.filter((one) => one.digest !== failed.digest);
  const first = { ...failed, reason: { ...failed.reason, message } };
  return { ...value, failed: [first, ...others].slice(0, MAX_FAILED) };
}
