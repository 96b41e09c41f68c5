import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ImageDefinition } from '../definition/schema.ts';
import { loadSourceFiles } from '../tree/load-source-files.ts';
import type { NamedDigest } from './provenance.ts';

/**
 * Every file of the build host that a definition takes in beside its base, by the name that is written there and by
 * digest: what is copied, scripts, keys, the root of trust. Of a link, the digest is that of its target's name.
 */
export async function namedFiles(
  definition: ImageDefinition,
  directory: string,
): Promise<readonly NamedDigest[]> {
  const copied = [...(await loadSourceFiles(definition.files, directory))].flatMap(
    ([source, items]) =>
      items
        .filter(({ kind }) => kind !== 'directory')
        .map((item) => ({ name: source + item.path, sha256: sha256(item.content) })),
  );
  const single = [
    ...definition.scripts.map(({ source }) => source),
    ...keysOf(definition.base),
    definition.repository?.root,
  ].filter((file) => file !== undefined);
  const read = single.map(async (name) => {
    return { name, sha256: sha256(await readFile(path.resolve(directory, name))) };
  });
  const all = [...copied, ...(await Promise.all(read))];
  return [...new Map(all.map((one) => [one.name, one])).values()];
}

function keysOf(base: ImageDefinition['base']): readonly (string | undefined)[] {
  if (base.type === 'apt') return (base.sources ?? []).map(({ keyring }) => keyring);
  return base.type === 'dnf' ? base.repositories.map(({ gpgKey }) => gpgKey) : [];
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
