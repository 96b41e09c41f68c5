import type { DescribedMember } from '../../../disk/tar/member-fields.ts';
import type { RangeReader } from './range-reader.ts';

/** A member as it was found, before its fields are understood. */
export interface RawMember extends DescribedMember {
  readonly reader: RangeReader;
  /** Where its content begins in the reader's range; its header is the block before. */
  readonly body: number;
}
