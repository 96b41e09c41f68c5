import {
  endMembers,
  extend,
  extensionSize,
  isExtension,
  NO_EXTENSIONS,
} from '../../disk/tar/extensions.ts';
import {
  holdsContent,
  padded,
  storedSize,
  type DescribedMember,
} from '../../disk/tar/member-fields.ts';
import { BLOCK_BYTES, decodeHeader } from '../../disk/tar/tar-header.ts';
import type { ByteFeed } from './byte-feed.ts';

/** A member as it comes. */
export interface StreamMember extends DescribedMember {
  /** Bytes of its content. */
  readonly size: number;
  /** To be read before the next member is asked for; what is left of it is passed over. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * The members of a plain tar (v7, ustar, GNU, pax) while it comes, up to its end mark.
 *
 * @throws RangeError for what is damaged
 */
export async function* readTarStream(feed: ByteFeed): AsyncGenerator<StreamMember> {
  let extensions = NO_EXTENSIONS;
  for (;;) {
    const block = await feed.take(BLOCK_BYTES);
    if (block === null || block.every((byte) => byte === 0)) return endMembers(extensions);
    if (feed.position === BLOCK_BYTES) assertPlain(block);
    const header = decodeHeader(block);
    if (isExtension(header)) {
      extensions = extend(extensions, header, await readBody(feed, extensionSize(header)));
      continue;
    }
    const member = { header, extensions };
    const size = holdsContent(member) ? storedSize(member) : 0;
    const next = feed.position + padded(size);
    yield { ...member, size, content: feed.pass(size) };
    for await (const _ of feed.pass(next - feed.position));
    extensions = NO_EXTENSIONS;
  }
}

/** First bytes of gzip (RFC 1952), zstd (RFC 8878), xz and bzip2. */
const PACKED = ['1f8b', '28b52ffd', 'fd377a585a00', '425a68'];

function assertPlain(block: Buffer): void {
  const begin = block.toString('hex', 0, 8);
  if (PACKED.some((magic) => begin.startsWith(magic))) {
    throw new RangeError('it is packed, and has to be a plain tar');
  }
}

async function readBody(feed: ByteFeed, size: number): Promise<Buffer> {
  const body = await feed.take(padded(size));
  if (body === null && size > 0) throw new RangeError('it ends too early');
  return (body ?? Buffer.alloc(0)).subarray(0, size);
}
