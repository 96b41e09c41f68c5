import { KubeosError } from '../../../errors.ts';
import type { ByteRange } from '../byte-range.ts';
import { parsePaxRecords } from '../../../disk/tar/pax-records.ts';
import { openRange, type RangeReader } from './range-reader.ts';
import type { Extensions } from './raw-member.ts';
import type { TarEntry } from './tar-entry.ts';
import { BLOCK_BYTES, decodeHeader, type TarHeader } from '../../../disk/tar/tar-header.ts';
import { memberOf, NO_EXTENSIONS, padded } from './tar-member.ts';

export interface TarSource {
  readonly range: ByteRange;
  /** For messages: a file's name, or which layer. */
  readonly name: string;
  /** An archive that nothing else vouches for must show that it was not cut off between two members. */
  readonly needsEndMark: boolean;
}

/** pax headers and long names are small; a hostile size must not fill the memory. */
const MAX_EXTENSION_BYTES = 1024 * 1024;
/** Keywords that may stand for the whole archive; others would change what its members are. */
const GLOBAL_KEYWORDS = new Set(['comment', 'hdrcharset']);

/**
 * The members of an uncompressed tar (v7, ustar, GNU, star, pax), in its order. Content is not read:
 * every entry says where its bytes are. Where formats leave a choice, it is that of Go's archive/tar,
 * which makes and reads most OCI layers.
 * @throws KubeosError BUILD_CHECK_FAILED naming the archive, and the offset of what is wrong
 */
export async function* readTar(source: TarSource): AsyncGenerator<TarEntry> {
  await using reader = await openRange(source.range);
  let at = 0;
  try {
    for (;;) {
      const member = await nextMember(reader, at);
      if (member === undefined) break;
      yield member.entry;
      at = member.end;
    }
    if (source.needsEndMark && at >= source.range.length) throw new RangeError('it ends too early');
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `${source.name} is damaged at byte ${String(at)}: ${error.message}`,
      { cause: error, hint: 'fetch or make the archive again; it cannot be used as it is' },
    );
  }
}

async function nextMember(
  reader: RangeReader,
  start: number,
): Promise<{ readonly entry: TarEntry; readonly end: number } | undefined> {
  let extensions = NO_EXTENSIONS;
  let at = start;
  while (at < reader.range.length) {
    const block = await reader.read(at, BLOCK_BYTES);
    if (block.every((byte) => byte === 0)) return endMark(extensions);
    const header = decodeHeader(block);
    const body = at + BLOCK_BYTES;
    if (!'xgLK'.includes(header.typeFlag)) {
      return await memberOf({ header, extensions, reader, body });
    }
    extensions = extend(extensions, header, await readExtension(reader, body, header.size));
    at = body + padded(header.size);
  }
  return endMark(extensions);
}

function endMark(extensions: Extensions): undefined {
  if (extensions === NO_EXTENSIONS) return undefined;
  throw new RangeError('a pax header or long name has no member after it');
}

async function readExtension(reader: RangeReader, body: number, size: number): Promise<Buffer> {
  if (size < 0 || size > MAX_EXTENSION_BYTES) throw new RangeError('a header is too large');
  return await reader.read(body, size);
}

function extend(extensions: Extensions, header: TarHeader, body: Buffer): Extensions {
  const text = body.toString('latin1');
  const name = text.includes('\0') ? text.slice(0, text.indexOf('\0')) : text;
  switch (header.typeFlag) {
    case 'L':
      return { ...extensions, longName: name };
    case 'K':
      return { ...extensions, longLink: name };
    case 'x':
      return { ...extensions, pax: parsePaxRecords(body) };
    default:
      checkGlobalRecords(body);
      return extensions;
  }
}

function checkGlobalRecords(body: Buffer): void {
  for (const keyword of parsePaxRecords(body).keys()) {
    if (!GLOBAL_KEYWORDS.has(keyword)) {
      throw new RangeError(`a global pax header sets ${keyword} for every member`);
    }
  }
}
