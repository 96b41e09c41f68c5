import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { TarBase } from '../definition/base-schema.ts';
import { explainBaseFailures } from './base-failure.ts';
import type { BaseRequest, BaseResult } from './base.ts';
import { type ByteRange, hashRange, wholeFile } from './byte-range.ts';
import { compressionOf, unpackTo } from './compression.ts';
import { indexLayers } from './layers/index-layers.ts';
import { writeRoot } from './layers/write-root.ts';
import { openRange } from './tar/range-reader.ts';
import { BLOCK_BYTES, decodeHeader } from './tar/tar-header.ts';

/**
 * A root file system in a tar (plain, gzip, zstd or xz). Owners, modes, times, links and attributes stay as
 * they are; device nodes below /dev are left out, and the form becomes that of every base.
 * @throws KubeosError DEFINITION_INVALID when it is no tar, BUILD_CHECK_FAILED when it is damaged or
 * holds names that lead out of the root
 */
export async function writeTarBase(request: BaseRequest<TarBase>): Promise<BaseResult> {
  const { base, directory, signal } = request;
  const subject = `base.path ${base.path}`;
  return await explainBaseFailures({ subject, signal }, async () => {
    const packed = await wholeFile(path.resolve(directory, base.path));
    const sha256 = await hashRange(packed, signal);
    const range = await unpack(packed, request);
    if (!(await isTar(range))) throw notTar(base.path);
    const layers = [{ range, name: base.path, needsEndMark: true }];
    const root = await indexLayers({ layers, whiteouts: false, signal });
    await writeRoot(root, { ...request, subject: base.path });
    return { inputs: [{ uri: base.path, sha256, name: path.basename(base.path) }] };
  });
}

async function unpack(packed: ByteRange, request: BaseRequest<TarBase>): Promise<ByteRange> {
  const compression = await compressionOf(packed);
  if (compression === 'none') return packed;
  const file = path.join(request.workDirectory, 'base.tar');
  if (compression === 'xz') return await unpackXz(packed, { ...request, file });
  try {
    return (await unpackTo(packed, { compression, file }, request.signal)).range;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `${request.base.path} is damaged ${compression} data: ${error.message}`,
      { cause: error, hint: 'fetch or make the archive again' },
    );
  }
}

/** Node has no xz decoder; xz unpacks what it finds to a file beside it, so it is given a link in our directory. */
async function unpackXz(
  packed: ByteRange,
  { file, commands }: { readonly file: string } & Pick<BaseRequest, 'commands'>,
): Promise<ByteRange> {
  await symlink(packed.path, `${file}.xz`);
  await commands.run({ tool: 'xz', args: ['--decompress', '--keep', '--force', `${file}.xz`] });
  return await wholeFile(file);
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

function notTar(file: string): KubeosError {
  return new KubeosError('DEFINITION_INVALID', `base.path ${file} is not a tar archive`, {
    hint: 'a tar is expected, plain or packed with gzip, zstd or xz; use base type oci for an image',
  });
}
