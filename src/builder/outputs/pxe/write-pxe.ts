import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { copySparse } from '../../../disk/copy-sparse.ts';
import { bootScript, ROOT_IMAGE_PATH, type NetworkBoot } from './boot-script.ts';
import { writeRootArchive } from './root-archive.ts';

export interface PxeRequest extends Omit<NetworkBoot, 'rootImageBytes'> {
  readonly kernel: string;
  readonly initramfs: string;
  readonly rootImage: string;
  /** What GRUB reads of the release: a disk that is installed from here needs it. */
  readonly bootFiles: { readonly configuration: Uint8Array; readonly sums: Uint8Array };
  /** The folder to make. */
  readonly output: string;
}

/** `pxe/`: what a machine loads over the network, and the iPXE script that says so. */
export async function writePxe(request: PxeRequest): Promise<void> {
  const { output } = request;
  const template = fileURLToPath(import.meta.resolve('#templates/boot.ipxe'));
  const rootImageBytes = (await stat(request.rootImage)).size;
  const script = bootScript(await readFile(template, 'utf8'), { ...request, rootImageBytes });
  await mkdir(output);
  await copySparse(request.kernel, path.join(output, 'vmlinuz'));
  await copySparse(request.initramfs, path.join(output, 'initramfs.img'));
  await writeRootArchive({
    rootImage: request.rootImage,
    name: ROOT_IMAGE_PATH.slice(1),
    beside: new Map([
      ['boot.cfg', request.bootFiles.configuration],
      ['boot.sum', request.bootFiles.sums],
    ]),
    archive: path.join(output, 'root.img.cpio'),
  });
  await writeFile(path.join(output, 'boot.ipxe'), script);
}
