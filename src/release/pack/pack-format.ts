import { KubeosError } from '../../errors.ts';
import { BLOCK_BYTES, MAX_FRAME_BYTES } from '../block-table.ts';
import { decompressWhole } from '../frame.ts';
import { cursorAfter, type Cursor, type Operation } from './operation.ts';
import { decodeVarint, encodeVarint, unzigzag, zigzag } from './varint.ts';

export const PACK_HEADER_BYTES = 96;
/** The longest window of the base that a DELTA may take as its dictionary. */
export const MAX_DICTIONARY_BYTES = 2 ** 18;
/** zstd takes a shorter dictionary for none. */
export const MIN_DICTIONARY_BYTES = 8;

const MAGIC = 0x3146_444b; // "KDF1", read as a little-endian number
const VERSION = 1;
const KINDS = ['copy', 'self', 'delta', 'frame'] as const;

/** The two images that a pack leads from and to. */
export interface PackImages {
  readonly baseBytes: number;
  /** Lower-case hex. */
  readonly baseSha256: string;
  readonly imageBytes: number;
  readonly imageSha256: string;
}

/** What signed metadata says, and the pack has to agree with. */
export interface ExpectedPack extends PackImages {
  readonly packBytes: number;
}

export interface PackHeader extends ExpectedPack {
  /** Raw bytes of the table. */
  readonly tableBytes: number;
  /** Of the frame that holds it, and follows the header. */
  readonly tableFrameBytes: number;
}

/** A pack's header and its operations, checked. */
export interface OperationTable {
  readonly header: PackHeader;
  readonly bytes: Uint8Array;
}

/** What a table may take: twenty bytes for 4 KiB of the image, and never more than 16 MiB. */
export function maxTableBytes(imageBytes: number): number {
  return Math.min(2 ** 24, 2 ** 16 + Math.ceil(imageBytes / 200));
}

/** Little-endian: magic, version (u32), bytes of base and image (u64), their SHA-256, raw bytes and frame bytes of the table (u32). */
export function encodePackHeader(header: Omit<PackHeader, 'packBytes'>): Buffer {
  const bytes = Buffer.alloc(PACK_HEADER_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(VERSION, 4);
  bytes.writeBigUInt64LE(BigInt(header.baseBytes), 8);
  bytes.writeBigUInt64LE(BigInt(header.imageBytes), 16);
  bytes.write(header.baseSha256, 24, 'hex');
  bytes.write(header.imageSha256, 56, 'hex');
  bytes.writeUInt32LE(header.tableBytes, 88);
  bytes.writeUInt32LE(header.tableFrameBytes, 92);
  return bytes;
}

/**
 * Reads the first 96 bytes of a pack, and believes nothing that the metadata does not say too.
 *
 * @throws KubeosError RELEASE_INVALID
 */
export function decodePackHeader(bytes: Uint8Array, expected: ExpectedPack): PackHeader {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length !== PACK_HEADER_BYTES) throw invalidPack('is cut short in its header');
  const tableBytes = view.readUInt32LE(88);
  const tableFrameBytes = view.readUInt32LE(92);
  const header = { ...expected, tableBytes, tableFrameBytes };
  if (!encodePackHeader(header).equals(view)) {
    throw invalidPack('is not a delta pack, version 1, from this base to this image');
  }
  if (
    tableBytes > maxTableBytes(expected.imageBytes) ||
    tableFrameBytes > tableBytes + MAX_FRAME_BYTES - BLOCK_BYTES
  ) {
    throw invalidPack(`has ${tableBytes} bytes of operations, in ${tableFrameBytes}`);
  }
  if (tableFrameBytes > expected.packBytes - PACK_HEADER_BYTES) {
    throw invalidPack('is shorter than its operations');
  }
  return header;
}

/**
 * Decodes the table's frame and checks every operation in it.
 *
 * @throws KubeosError RELEASE_INVALID
 */
export function decodeOperationTable(header: PackHeader, frame: Uint8Array): OperationTable {
  const table = { header, bytes: decompressWhole(frame, header.tableBytes) };
  let end = startOf(header);
  for (const { cursor, operation, next } of operations(table)) {
    checkOperation(operation, cursor, header);
    end = cursorAfter(cursor, operation, next);
  }
  if (end.output !== header.imageBytes) throw invalidPack(`makes ${end.output} bytes of the image`);
  if (end.pack !== header.packBytes) throw invalidPack(`has frames to byte ${end.pack}`);
  return table;
}

export interface PlacedOperation {
  readonly operation: Operation;
  readonly cursor: Cursor;
  /** Of the operation after it in the table. */
  readonly next: number;
}

/** The operations from the first, or from a place that {@link cursorOfBlock} told. */
export function* operations(
  table: OperationTable,
  from: Cursor = startOf(table.header),
): Generator<PlacedOperation> {
  for (let cursor = from; cursor.at < table.bytes.length;) {
    const { operation, next } = decodeOperation(table.bytes, cursor);
    yield { operation, cursor, next };
    cursor = cursorAfter(cursor, operation, next);
  }
}

/**
 * Where to go on for the block with this index: the operation that makes its first byte. It is looked for from an
 * operation that is known not to lie behind it; default: the first.
 */
export function cursorOfBlock(table: OperationTable, block: number, from?: Cursor): Cursor {
  const first = block * BLOCK_BYTES;
  for (const { cursor, operation } of operations(table, from)) {
    if (cursor.output + operation.bytes > first) return cursor;
  }
  throw new RangeError(`the image has no block ${block}`);
}

/** Lengths are told with the kind in the two lowest bits; offsets in the base from the last COPY's diagonal. */
export function encodeOperation(operation: Operation, cursor: Cursor): readonly number[] {
  const { bytes, kind } = operation;
  const head = bytes * 4 + KINDS.indexOf(kind);
  return [head, ...operands(operation, cursor)].flatMap(encodeVarint);
}

function operands(operation: Operation, { output, diagonal }: Cursor): readonly number[] {
  const fromDiagonal = (offset: number): number => zigzag(offset - output - diagonal);
  switch (operation.kind) {
    case 'copy':
      return [fromDiagonal(operation.offset)];
    case 'self':
      return [output - operation.bytes - operation.offset];
    case 'delta': {
      const { frameBytes, dictionaryOffset, dictionaryBytes } = operation;
      return [frameBytes, fromDiagonal(dictionaryOffset), dictionaryBytes];
    }
    case 'frame':
      return [operation.frameBytes];
    default:
      return operation satisfies never;
  }
}

function decodeOperation(
  table: Uint8Array,
  { at, output, diagonal }: Cursor,
): { readonly operation: Operation; readonly next: number } {
  let next = at;
  const take = (): number => {
    const varint = decodeVarint(table, next);
    if (varint === null) throw invalidPack(`has no number at byte ${next} of its operations`);
    next = varint.end;
    return varint.value;
  };
  const takeOffset = (): number => output + diagonal + unzigzag(take());
  const head = take();
  const bytes = Math.floor(head / 4);
  const operation = ((kind): Operation => {
    if (kind === 'copy') return { kind, bytes, offset: takeOffset() };
    if (kind === 'self') return { kind, bytes, offset: output - bytes - take() };
    const frameBytes = take();
    if (kind === 'frame') return { kind, bytes, frameBytes };
    return { kind, bytes, frameBytes, dictionaryOffset: takeOffset(), dictionaryBytes: take() };
  })(KINDS[head % 4] ?? 'frame');
  return { operation, next };
}

function checkOperation(operation: Operation, cursor: Cursor, header: PackHeader): void {
  const { bytes } = operation;
  const where = `at byte ${cursor.output} of the image`;
  if (bytes < 1 || bytes > header.imageBytes - cursor.output) {
    throw invalidPack(`makes ${bytes} bytes ${where}`);
  }
  if (!isSourceThere(operation, header.baseBytes)) {
    throw invalidPack(`takes what is not there, ${where}`);
  }
  if (operation.kind === 'copy' || operation.kind === 'self') return;
  const { frameBytes } = operation;
  if (bytes > BLOCK_BYTES || frameBytes < 1 || frameBytes > MAX_FRAME_BYTES) {
    throw invalidPack(`has a frame of ${frameBytes} bytes for ${bytes}, ${where}`);
  }
  if (frameBytes > header.packBytes - cursor.pack) throw invalidPack('is shorter than its frames');
}

function isSourceThere(operation: Operation, baseBytes: number): boolean {
  switch (operation.kind) {
    case 'copy':
      return isWithin(operation.offset, operation.bytes, baseBytes);
    case 'self':
      return operation.offset >= 0;
    case 'delta': {
      const { dictionaryOffset, dictionaryBytes } = operation;
      const isOfSize =
        dictionaryBytes >= MIN_DICTIONARY_BYTES && dictionaryBytes <= MAX_DICTIONARY_BYTES;
      return isOfSize && isWithin(dictionaryOffset, dictionaryBytes, baseBytes);
    }
    case 'frame':
      return true;
    default:
      return operation satisfies never;
  }
}

function isWithin(offset: number, length: number, total: number): boolean {
  return offset >= 0 && length <= total && offset <= total - length;
}

const startOf = ({ tableFrameBytes }: PackHeader): Cursor => ({
  at: 0,
  output: 0,
  pack: PACK_HEADER_BYTES + tableFrameBytes,
  diagonal: 0,
});

export function invalidPack(why: string): KubeosError {
  return new KubeosError('RELEASE_INVALID', `the delta pack ${why}`, {
    hint: 'fetch it again, or go without: image.zst holds every block',
  });
}
