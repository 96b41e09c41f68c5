import path from 'node:path';
import type { TarBase } from '../definition/base-schema.ts';
import { explainBaseFailures } from './base-failure.ts';
import type { BaseRequest, BaseResult } from './base.ts';
import { hashRange, wholeFile } from './byte-range.ts';
import { holdsRpmDatabase } from './layers/holds-rpm-database.ts';
import { indexLayers } from './layers/index-layers.ts';
import { writeRoot } from './layers/write-root.ts';
import { openTarFile } from './open-tar-file.ts';

/**
 * A root file system in a tar (plain, gzip, zstd or xz). Owners, modes, times, links and attributes stay as
 * they are; device nodes below /dev are left out, and the form becomes that of every base.
 * @throws KubeosError DEFINITION_INVALID when it is no tar, BUILD_CHECK_FAILED when it is damaged or
 * holds names that lead out of the root
 */
export async function writeTarBase(request: BaseRequest<TarBase>): Promise<BaseResult> {
  const { base, directory, signal } = request;
  return await explainBaseFailures({ subject: `base.path ${base.path}`, signal }, async () => {
    const file = path.resolve(directory, base.path);
    const sha256 = await hashRange(await wholeFile(file), signal);
    const range = await openTarFile({ file, name: base.path, field: 'base.path' }, request);
    const layers = [{ range, name: base.path, needsEndMark: true }];
    const root = await indexLayers({ layers, whiteouts: false, signal });
    await writeRoot(root, { ...request, subject: base.path });
    const inputs = [{ uri: base.path, sha256, name: path.basename(base.path) }];
    return { inputs, isRpmSystem: holdsRpmDatabase(root) };
  });
}
