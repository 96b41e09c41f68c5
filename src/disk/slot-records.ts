import { hash } from 'node:crypto';
import { z } from 'zod';
import { KubeosError } from '../errors.ts';

/** Two copies, each in a page of its own. */
export const SLOT_RECORDS_BYTES = 8192;
const COPY_BYTES = SLOT_RECORDS_BYTES / 2;
/** So many failed releases are remembered, as far as a copy has room for them, and so many letters of why. */
const MAX_FAILED = 16;
const MAX_REASON = 160;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

export const recordedReleaseSchema = z.strictObject({
  /** Of its manifest. */
  digest,
  version: z.string().max(64),
  epoch: z.int().min(0),
  securityFloor: z.int().min(0),
  /** Null where only the slot's boot configuration is known. */
  image: z
    .strictObject({ size: z.int().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
    .nullable(),
  /** Nobody signed it, and no verity guards it: a root file system that came as a plain tar. */
  unsigned: z.literal(true).optional(),
});

const reason = z.strictObject({ code: z.string().max(32), message: z.string().max(MAX_REASON) });

export const failedReleaseSchema = z.strictObject({ digest, reason });

/** A slot's record (contract section 3). */
export const slotRecordSchema = z.strictObject({
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
});

const records = z.strictObject({
  A: slotRecordSchema,
  B: slotRecordSchema,
  /** Releases that this node fell back from, the last one first. */
  failed: z.array(failedReleaseSchema).max(MAX_FAILED),
  /** No release with a smaller epoch may be installed: the highest security floor that was committed here. */
  floor: z.int().min(0),
});

export type SlotRecord = Readonly<z.infer<typeof slotRecordSchema>>;
export type RecordedRelease = Readonly<z.infer<typeof recordedReleaseSchema>>;
export type FailureReason = Readonly<z.infer<typeof reason>>;
export type SlotRecords = Readonly<z.infer<typeof records>>;

/**
 * One copy: a line of JSON that says its own checksum, filled up with spaces. A copy that was torn does not pass for one.
 * Releases that failed longest ago are left out where there is no room for all.
 *
 * @throws KubeosError INTERNAL for slots that do not fit
 */
export function encodeSlotRecords(value: SlotRecords, sequence: number): Buffer {
  const line = lineOf(value, sequence);
  if (line.length < COPY_BYTES) {
    return Buffer.concat([
      line,
      Buffer.alloc(COPY_BYTES - line.length - 1, ' '),
      Buffer.from('\n'),
    ]);
  }
  if (value.failed.length === 0) {
    throw new KubeosError('INTERNAL', `the slot records need ${line.length} bytes`);
  }
  return encodeSlotRecords({ ...value, failed: value.failed.slice(0, -1) }, sequence);
}

function lineOf(value: SlotRecords, sequence: number): Buffer {
  const body = JSON.stringify({ sequence, ...value });
  return Buffer.from(`{"checksum":"${checksumOf(body)}","records":${body}}`);
}

/** The records of both copies: the newest that is whole, and where it lies; null where neither is. */
export function decodeSlotRecords(bytes: Uint8Array): StoredRecords | null {
  const copies = [0, 1].flatMap((copy) => {
    const found = decodeCopy(bytes.subarray(copy * COPY_BYTES, (copy + 1) * COPY_BYTES));
    return found === null ? [] : [{ copy, ...found }];
  });
  return copies.toSorted((one, other) => other.sequence - one.sequence)[0] ?? null;
}

export interface StoredRecords {
  readonly records: SlotRecords;
  readonly sequence: number;
  readonly copy: number;
}

/** Byte position of a copy. */
export const copyPosition = (copy: number): number => copy * COPY_BYTES;

const stored = z.strictObject({
  checksum: z.string(),
  records: z.strictObject({ sequence: z.int().min(0), ...records.shape }),
});

function decodeCopy(bytes: Uint8Array): Omit<StoredRecords, 'copy'> | null {
  const text = Buffer.from(bytes).toString('utf8').trimEnd();
  const body = /^\{"checksum":"([0-9a-f]{64})","records":(\{.*\})\}$/s.exec(text);
  if (body?.[2] === undefined || body[1] !== checksumOf(body[2])) return null;
  const parsed = stored.safeParse(JSON.parse(text));
  if (!parsed.success) return null;
  const { sequence, ...value } = parsed.data.records;
  return { records: value, sequence };
}

const checksumOf = (body: string): string => hash('sha256', body);

/** With one more failed release, remembered before all others. */
export function withFailure(
  value: SlotRecords,
  failed: { readonly digest: string; readonly reason: FailureReason },
): SlotRecords {
  const message = failed.reason.message.slice(0, MAX_REASON);
  const others = value.failed.filter((one) => one.digest !== failed.digest);
  const first = { digest: failed.digest, reason: { ...failed.reason, message } };
  return { ...value, failed: [first, ...others].slice(0, MAX_FAILED) };
}
