import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';

const schema = z.strictObject({ allowUnsigned: z.boolean() });

/**
 * Whether the image that runs allows images that nobody signed. Its word stands below /usr, where nothing on the node can
 * change it; one that is missing or damaged allows nothing.
 */
export async function mayBeUnsigned(trustFile: string): Promise<boolean> {
  return await readFile(trustFile, 'utf8')
    .then((text) => schema.parse(JSON.parse(text)).allowUnsigned)
    .catch(() => false);
}

/** @throws KubeosError REFUSED */
export async function assertMayBeUnsigned(trustFile: string): Promise<void> {
  if (await mayBeUnsigned(trustFile)) return;
  throw new KubeosError('REFUSED', 'this node takes no images that nobody signed', {
    hint: 'publish the image as a release (kubeos publish); or build the image that runs with allowUnsigned: true',
  });
}
