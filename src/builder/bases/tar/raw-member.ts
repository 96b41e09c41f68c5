import type { PaxRecords } from '../../../disk/tar/pax-records.ts';
import type { RangeReader } from './range-reader.ts';
import type { ByteString } from '../../../disk/tar/byte-string.ts';
import type { TarHeader } from '../../../disk/tar/tar-header.ts';

/** What stood in the archive before a member's own header. */
export interface Extensions {
  readonly pax: PaxRecords;
  readonly longName?: ByteString;
  readonly longLink?: ByteString;
}

/** A member as it was found, before its fields are understood. */
export interface RawMember {
  readonly header: TarHeader;
  readonly extensions: Extensions;
  readonly reader: RangeReader;
  /** Where its content begins in the reader's range; its header is the block before. */
  readonly body: number;
}
