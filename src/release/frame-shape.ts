/** What a frame says of itself before anything is decoded. */
export interface FrameShape {
  /** Bytes of the frame, from its magic number to the end of its last block. */
  readonly bytes: number;
  /** Bytes that it promises to hold. */
  readonly contentBytes: number;
  /** How far back it may refer: memory for whoever decodes it. */
  readonly windowBytes: number;
}

const MAGIC = 0xfd2fb528;
const RESERVED_BITS = 0b0001_1000;
const SINGLE_SEGMENT_BIT = 0b0010_0000;
const CHECKSUM_OR_DICTIONARY_BITS = 0b0000_0111;

/**
 * Walks over the blocks of the zstd frame that begins here (RFC 8878, 3.1.1), because Node's decoder passes over
 * whatever follows or precedes a frame: rubbish, skippable frames, empty ones, a second one.
 *
 * @returns null where no frame of ours begins: whole, with its content's size, without checksum and dictionary id
 */
export function frameShape(frame: Uint8Array): FrameShape | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.byteLength < 9 || view.getUint32(0, true) !== MAGIC) return null;
  const descriptor = view.getUint8(4);
  if ((descriptor & (RESERVED_BITS | CHECKSUM_OR_DICTIONARY_BITS)) !== 0) return null;
  const isSingleSegment = (descriptor & SINGLE_SEGMENT_BIT) !== 0;
  const sizeAt = isSingleSegment ? 5 : 6;
  const sizeBytes = contentSizeBytes(descriptor);
  const bytes = sizeBytes === 0 ? null : endOfBlocks(view, sizeAt + sizeBytes);
  if (bytes === null) return null;
  const content = contentBytes(view, sizeAt, sizeBytes);
  const windowBytes = isSingleSegment ? content : windowOf(view.getUint8(5));
  return { bytes, contentBytes: content, windowBytes };
}

/** Bytes of the field for the content's size (3.1.1.1.1); a single segment always has one. */
function contentSizeBytes(descriptor: number): number {
  const flag = descriptor >> 6;
  if (flag === 0) return (descriptor & SINGLE_SEGMENT_BIT) === 0 ? 0 : 1;
  return 2 ** flag;
}

/** Window_Descriptor (3.1.1.1.2). */
function windowOf(descriptor: number): number {
  return 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8);
}

/** Block_Header (3.1.1.2): last block, type (raw, run of one byte, compressed), size, in 24 bits. */
function endOfBlocks(view: DataView, start: number): number | null {
  for (let position = start; position + 3 <= view.byteLength;) {
    const header = view.getUint16(position, true) | (view.getUint8(position + 2) << 16);
    const type = (header >> 1) & 3;
    if (type === 3) return null;
    position += 3 + (type === 1 ? 1 : header >> 3);
    if ((header & 1) === 1) return position <= view.byteLength ? position : null;
  }
  return null;
}

/** Frame_Content_Size (3.1.1.1.4); two bytes of it count from 256. */
function contentBytes(view: DataView, start: number, length: number): number {
  if (length === 1) return view.getUint8(start);
  if (length === 2) return view.getUint16(start, true) + 256;
  if (length === 4) return view.getUint32(start, true);
  return Number(view.getBigUint64(start, true));
}
