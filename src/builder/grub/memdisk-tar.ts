import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

/**
 * The archive that grub-mkimage puts inside GRUB's image, where GRUB sees it as `(memdisk)`. It holds grub.cfg
 * alone. The same text and time give the same bytes.
 *
 * @param epoch modification time in seconds
 */
export async function memdiskTar(grubConfiguration: string, epoch: number): Promise<Uint8Array> {
  const archive = pack();
  const mtime = new Date(epoch * 1000);
  archive.entry({ name: 'boot/grub/grub.cfg', mode: 0o644, mtime }, grubConfiguration);
  archive.finalize();
  return await buffer(archive);
}
