import { appendFile, cp, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../boot/testbed.ts';

/**
 * This program with another templates/grub.cfg, so that an image that it builds has another GRUB.
 *
 * @param directory made here
 * @returns its command line program
 */
export async function checkoutWithGrub(directory: string, line: string): Promise<string> {
  await mkdir(directory);
  for (const name of ['bin', 'src', 'templates', 'package.json']) {
    await cp(path.join(ROOT, name), path.join(directory, name), { recursive: true });
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(directory, 'node_modules'));
  await appendFile(path.join(directory, 'templates/grub.cfg'), `${line}\n`);
  return path.join(directory, 'bin/kubeos.ts');
}
