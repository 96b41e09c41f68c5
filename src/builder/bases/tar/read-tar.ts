import {
  endMembers,
  extend,
  extensionSize,
  isExtension,
  NO_EXTENSIONS,
} from '../../../disk/tar/extensions.ts';
import { padded } from '../../../disk/tar/member-fields.ts';
import { BLOCK_BYTES, decodeHeader } from '../../../disk/tar/tar-header.ts';
import { KubeosError } from '../../../errors.ts';
import type { ByteRange } from '../byte-range.ts';
import { openRange, type RangeReader } from './range-reader.ts';
import type { TarEntry } from './tar-entry.ts';
import { memberOf } from './tar-member.ts';

export interface TarSource {
  readonly range: ByteRange;
  /** For messages: a file's name, or which layer. */
  readonly name: string;
  /** An archive that nothing else vouches for must show that it was not cut off between two members. */
  readonly needsEndMark: boolean;
}

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
    if (block.every((byte) => byte === 0)) return endMembers(extensions);
    const header = decodeHeader(block);
    const body = at + BLOCK_BYTES;
    if (!isExtension(header)) return await memberOf({ header, extensions, reader, body });
    extensions = extend(extensions, header, await reader.read(body, extensionSize(header)));
    at = body + padded(header.size);
  }
  return endMembers(extensions);
}
