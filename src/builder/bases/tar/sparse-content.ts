import { wholeNumber } from '../../../disk/tar/pax-records.ts';
import type { RawMember } from './raw-member.ts';
import { type Extent, oldSparseMap, type SparseMap, sparseMapInData } from './sparse-map.ts';
import type { ByteString } from '../../../disk/tar/byte-string.ts';
import type { ContentPiece, TarNode } from './tar-entry.ts';

/** A hole costs nothing in an archive and everything on a disk: a lastlog of 292 GB is no image's file. */
const MAX_SPARSE_BYTES = 16 * 2 ** 30;

export interface SparseFile {
  /** pax forms keep the name here, and a made-up one in the header. */
  readonly name: ByteString | undefined;
  readonly node: TarNode;
  /** Where its stored content ends in the reader's range. */
  readonly end: number;
}

/**
 * A file that GNU tar stored with holes (its manual, "Storing Sparse Files"): the old format, and 0.1
 * and 1.0 of pax. Undefined for a file without holes.
 * @throws RangeError
 */
export async function readSparseContent(
  raw: RawMember,
  stored: number,
): Promise<SparseFile | undefined> {
  const map = await sparseMapOf(raw, stored);
  if (map === undefined) return undefined;
  checkMap(map, raw.reader.range.length);
  const name = raw.extensions.pax.get('GNU.sparse.name');
  const node = { type: 'file', size: map.size, content: piecesOf(map, raw) } as const;
  return { name, node, end: map.data + map.stored };
}

async function sparseMapOf(raw: RawMember, stored: number): Promise<SparseMap | undefined> {
  const { pax } = raw.extensions;
  if (raw.header.typeFlag === 'S') return await oldSparseMap(raw, stored);
  const version = `${pax.get('GNU.sparse.major') ?? ''}.${pax.get('GNU.sparse.minor') ?? ''}`;
  if (version === '1.0') return await sparseMapInData(raw, stored);
  const list = pax.get('GNU.sparse.map');
  if (list !== undefined) {
    const size = wholeNumber(pax, 'GNU.sparse.size') ?? 0;
    return { extents: extentsOf(list.split(',')), size, data: raw.body, stored };
  }
  if ([...pax.keys()].some((keyword) => keyword.startsWith('GNU.sparse.'))) {
    throw new RangeError('a sparse file is stored in a form that is not supported (pax 0.0)');
  }
  return undefined;
}

function extentsOf(numbers: readonly string[]): readonly Extent[] {
  const values = numbers.map((text) => (/^\d+$/.test(text) ? Number(text) : Number.NaN));
  const pairs = Array.from({ length: Math.ceil(values.length / 2) }, (_, index) => index * 2);
  return pairs.map((at) => ({
    offset: values[at] ?? Number.NaN,
    length: values[at + 1] ?? Number.NaN,
  }));
}

function checkMap(map: SparseMap, available: number): void {
  if (map.size > MAX_SPARSE_BYTES) throw new RangeError('a sparse file is larger than 16 GiB');
  let reached = 0;
  let stored = 0;
  for (const { offset, length } of map.extents) {
    // Written so that NaN fails too.
    if (!(offset >= reached && length >= 0)) throw new RangeError('a sparse map is out of order');
    reached = offset + length;
    stored += length;
  }
  const isWhole = reached <= map.size && stored === map.stored;
  if (!isWhole || map.data + map.stored > available) {
    throw new RangeError('a sparse map does not fit its file');
  }
}

function piecesOf(map: SparseMap, raw: RawMember): readonly ContentPiece[] {
  const pieces: ContentPiece[] = [];
  const { path, offset: start } = raw.reader.range;
  let reached = 0;
  let position = start + map.data;
  for (const { offset, length } of map.extents) {
    if (offset > reached) pieces.push({ kind: 'zeros', length: offset - reached });
    if (length > 0) pieces.push({ kind: 'bytes', path, offset: position, length });
    reached = offset + length;
    position += length;
  }
  if (map.size > reached) pieces.push({ kind: 'zeros', length: map.size - reached });
  return pieces;
}
