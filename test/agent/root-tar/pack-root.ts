import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { inNamespace } from '../../../src/host/in-namespace.ts';
import { commands } from '../../boot/testbed.ts';

/**
 * The root file system of a slot, as a plain tar of it is made.
 *
 * @returns the hex SHA-256 of `kubeos.tar`, which is in `served` then
 */
export async function packRoot(
  { disk, offset }: { readonly disk: string; readonly offset: number },
  served: string,
): Promise<string> {
  await mkdir(served, { recursive: true });
  const tar = path.join(served, 'kubeos.tar');
  const pack = [
    `mkdir "$1" && debugfs -R "rdump / $1" "$2" >/dev/null && rm -rf "$1/lost+found"`,
    'tar --numeric-owner -C "$1" -cf "$3" . && rm -rf "$1"',
  ].join(' && ');
  const [root, image] = [path.join(served, 'root'), `${disk}?offset=${offset}`];
  await commands.run(inNamespace({ tool: 'sh', args: ['-ec', pack, 'pack', root, image, tar] }));
  return createHash('sha256')
    .update(await readFile(tar))
    .digest('hex');
}
