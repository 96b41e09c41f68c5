import { wholeNumber } from '../../../disk/tar/pax-records.ts';
import type { RawMember } from './raw-member.ts';
import { BLOCK_BYTES, numberAt } from '../../../disk/tar/tar-header.ts';

/** A run of data in a sparse file; what lies between is zero. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

export interface SparseMap {
  readonly extents: readonly Extent[];
  /** The file's size with its holes. */
  readonly size: number;
  /** Where the stored data begins in the reader's range, and how much of it there is. */
  readonly data: number;
  readonly stored: number;
}

const MAX_EXTENTS = 65_536;
const PAIR_BYTES = 24;

/** The old format: four extents in the header, 21 in each further block, a flag where more follow. */
export async function oldSparseMap(raw: RawMember, stored: number): Promise<SparseMap> {
  const { reader, body } = raw;
  const header = await reader.read(body - BLOCK_BYTES, BLOCK_BYTES);
  const size = numberAt(header, 483, 12);
  const extents = extentsIn(header.subarray(386, 386 + 4 * PAIR_BYTES));
  let data = body;
  let goesOn = header.readUInt8(482) !== 0;
  while (goesOn) {
    const block = await reader.read(data, BLOCK_BYTES);
    extents.push(...extentsIn(block.subarray(0, 21 * PAIR_BYTES)));
    if (extents.length > MAX_EXTENTS) throw new RangeError('a sparse map is too long');
    goesOn = block.readUInt8(504) !== 0;
    data += BLOCK_BYTES;
  }
  return { extents, size, data, stored };
}

function extentsIn(pairs: Buffer): Extent[] {
  const starts = Array.from(
    { length: pairs.length / PAIR_BYTES },
    (_, index) => index * PAIR_BYTES,
  );
  return starts
    .filter((at) => pairs.readUInt8(at) !== 0)
    .map((at) => ({ offset: numberAt(pairs, at, 12), length: numberAt(pairs, at + 12, 12) }));
}

/** pax 1.0: the map stands before the data, one decimal number a line, filled up to a whole block. */
export async function sparseMapInData(raw: RawMember, stored: number): Promise<SparseMap> {
  const size = wholeNumber(raw.extensions.pax, 'GNU.sparse.realsize') ?? 0;
  const lines = new LineReader(raw);
  const count = await lines.next();
  if (count > MAX_EXTENTS) throw new RangeError('a sparse map is too long');
  const extents: Extent[] = [];
  while (extents.length < count) {
    extents.push({ offset: await lines.next(), length: await lines.next() });
  }
  const mapBytes = lines.blocks * BLOCK_BYTES;
  return { extents, size, data: raw.body + mapBytes, stored: stored - mapBytes };
}

class LineReader {
  readonly #raw: RawMember;
  #text = '';
  blocks = 0;

  constructor(raw: RawMember) {
    this.#raw = raw;
  }

  async next(): Promise<number> {
    while (!this.#text.includes('\n')) await this.#readBlock();
    const end = this.#text.indexOf('\n');
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    if (!/^\d{1,15}$/.test(line))
      throw new RangeError('a sparse map holds something else than numbers');
    return Number(line);
  }

  async #readBlock(): Promise<void> {
    if (this.#text.length > BLOCK_BYTES) throw new RangeError('a sparse map has no end');
    const at = this.#raw.body + this.blocks * BLOCK_BYTES;
    this.#text += (await this.#raw.reader.read(at, BLOCK_BYTES)).toString('latin1');
    this.blocks += 1;
  }
}
