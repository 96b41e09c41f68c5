import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { Command } from '../../host/commands.ts';
import type { BaseRequest } from './base.ts';
import { type ByteRange, wholeFile } from './byte-range.ts';
import { compressionOf, unpackTo } from './compression.ts';
import { openRange } from './tar/range-reader.ts';
import { BLOCK_BYTES, decodeHeader } from '../../disk/tar/tar-header.ts';

export interface TarFile {
  readonly file: string;
  /** How the definition calls it. */
  readonly name: string;
  /** The definition's field that names it. */
  readonly field: string;
}

/**
 * A tar on disk, unpacked into the work directory where it is compressed.
 * @throws KubeosError DEFINITION_INVALID when it is no tar, BUILD_CHECK_FAILED when it is damaged
 */
export async function openTarFile(tar: TarFile, request: BaseRequest): Promise<ByteRange> {
  const range = await unpack(tar, await wholeFile(tar.file), request);
  if (await isTar(range)) return range;
  throw new KubeosError('DEFINITION_INVALID', `${tar.field} ${tar.name} is not a tar archive`, {
    hint: 'a tar is expected, plain or packed with gzip, zstd or xz',
  });
}

async function unpack(tar: TarFile, packed: ByteRange, request: BaseRequest): Promise<ByteRange> {
  const compression = await compressionOf(packed);
  if (compression === 'none') return packed;
  const file = unpackedFile(request.workDirectory);
  if (compression === 'xz') return await unpackXz(packed, { ...request, file });
  try {
    return (await unpackTo(packed, { compression, file }, request.signal)).range;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `${tar.field} ${tar.name} is damaged ${compression} data: ${error.message}`,
      { cause: error, hint: 'fetch or make the archive again' },
    );
  }
}

export function unpackedFile(workDirectory: string): string {
  return path.join(workDirectory, 'unpacked.tar');
}

/** Node has no xz decoder; xz unpacks what it finds to a file beside it, so it is given a link in our directory. */
async function unpackXz(
  packed: ByteRange,
  { file, commands }: { readonly file: string } & Pick<BaseRequest, 'commands'>,
): Promise<ByteRange> {
  await symlink(packed.path, `${file}.xz`);
  await commands.run(unpackXzCommand(file));
  return await wholeFile(file);
}

export function unpackXzCommand(file: string): Command {
  return { tool: 'xz', args: ['--decompress', '--keep', '--force', `${file}.xz`] };
}

async function isTar(range: ByteRange): Promise<boolean> {
  await using reader = await openRange(range);
  try {
    decodeHeader(await reader.read(0, BLOCK_BYTES));
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
