import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { RootTarOrder } from './root-tar-order.ts';

/** PEM; null for what is not used. */
export interface Certificates {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

const MAX_BYTES = 64 * 1024;

/**
 * The certificates that an order names, from the node's own folder for them: plain files in it, and nothing that a link
 * leads to. They are for the fetcher, which may read no files of root's.
 *
 * @throws KubeosError REFUSED
 */
export async function readCertificates(
  directory: string,
  { cacert, clientcert, clientkey, mtls }: RootTarOrder,
): Promise<Certificates> {
  const read = async (name: string | undefined): Promise<string | null> =>
    name === undefined ? null : await readPlainFile(directory, name);
  return {
    ca: await read(cacert),
    cert: mtls ? await read(clientcert) : null,
    key: mtls ? await read(clientkey) : null,
  };
}

async function readPlainFile(directory: string, name: string): Promise<string> {
  const file = path.join(directory, name);
  try {
    // The name has no separators: what is left is a folder on the way that is a link.
    if ((await realpath(directory)) !== directory)
      throw new Error(`${directory} is reached by a link`);
    // A pipe would keep whoever opens it.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    await using handle = await open(file, flags);
    const { size } = await handle.stat();
    if (!(await handle.stat()).isFile()) throw new Error('it is no file');
    if (size > MAX_BYTES) throw new Error(`it is longer than ${MAX_BYTES} bytes`);
    return await handle.readFile('utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unknown';
    throw new KubeosError('REFUSED', `the certificate ${file} cannot be used: ${why}`, {
      cause,
      hint: `put it there as a file of root's, not as a link; ${directory} lasts where the image names it (etc: named: KubeOS/certs)`,
    });
  }
}
