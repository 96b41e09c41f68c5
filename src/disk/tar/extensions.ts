import type { ByteString } from './byte-string.ts';
import { parsePaxRecords, type PaxRecords } from './pax-records.ts';
import type { TarHeader } from './tar-header.ts';

/** What stood in the archive before a member's own header. */
export interface Extensions {
  readonly pax: PaxRecords;
  readonly longName?: ByteString;
  readonly longLink?: ByteString;
}

export const NO_EXTENSIONS: Extensions = { pax: new Map() };

/** pax headers and long names are small; a hostile size must not fill the memory. */
const MAX_EXTENSION_BYTES = 1024 * 1024;
/** Keywords that may stand for the whole archive; others would change what its members are. */
const GLOBAL_KEYWORDS = new Set(['comment', 'hdrcharset']);

/** Whether a header is not a member's, but says more about the next one. */
export const isExtension = ({ typeFlag }: TarHeader): boolean => 'xgLK'.includes(typeFlag);

/** Bytes of its body. @throws RangeError */
export function extensionSize({ size }: TarHeader): number {
  if (size < 0 || size > MAX_EXTENSION_BYTES) throw new RangeError('a header is too large');
  return size;
}

/** @throws RangeError */
export function extend(extensions: Extensions, header: TarHeader, body: Buffer): Extensions {
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

/** At the end of an archive. @throws RangeError where a member was announced that does not come */
export function endMembers(extensions: Extensions): undefined {
  if (extensions === NO_EXTENSIONS) return undefined;
  throw new RangeError('a pax header or long name has no member after it');
}
