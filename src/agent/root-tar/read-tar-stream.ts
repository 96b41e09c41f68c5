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

async function readBody(feed: ByteFeed, size: number): Promise<Buffer> {
  const body = await feed.take(padded(size));
  if (body === null && size > 0) throw new RangeError('it ends too early');
  return (body ?? Buffer.alloc(0)).subarray(0, size);
}
