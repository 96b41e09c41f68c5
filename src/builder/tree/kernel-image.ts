import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { KubeosError } from '../../errors.ts';
import type { Arch } from '../../disk/layout.ts';

/**
 * A distribution's kernel in the form that GRUB loads. On arm64 that is the plain image with an EFI stub: the
 * package's file may be that image compressed, or a program that holds it compressed (zboot), and unpacking it
 * here spares GRUB the code for it. amd64's bzImage unpacks itself.
 *
 * @throws KubeosError BUILD_CHECK_FAILED when GRUB could not load it
 */
export function bootableKernel(kernel: Uint8Array, arch: Arch): Uint8Array {
  return arch === 'amd64' ? kernel : arm64Kernel(Buffer.from(kernel));
}

function arm64Kernel(file: Buffer): Uint8Array {
  const image = unpacked(file);
  // Linux Documentation/arch/arm64/booting.rst: "ARM\x64" at 56; an EFI stub makes it a PE program, which begins "MZ".
  if (image.toString('latin1', 56, 60) !== 'ARMd') refuse('it is no arm64 kernel image');
  if (image.toString('latin1', 0, 2) !== 'MZ') refuse('it has no EFI stub');
  return image;
}

function unpacked(file: Buffer): Buffer {
  if (file.length > 2 && file.readUInt16BE(0) === 0x1f8b) return decompressed('gzip', file);
  if (file.toString('latin1', 0, 2) !== 'MZ' || file.toString('latin1', 4, 8) !== 'zimg') {
    return file;
  }
  // Linux drivers/firmware/efi/libstub/zboot-header.S: place and length of the payload, and the name of its form.
  const start = file.readUInt32LE(8);
  const payload = file.subarray(start, start + file.readUInt32LE(12));
  return decompressed(file.toString('latin1', 24, 32).replace(/\0.*$/s, ''), payload);
}

function decompressed(form: string, payload: Buffer): Buffer {
  try {
    if (form === 'gzip') return gunzipSync(payload);
    if (form.startsWith('zstd')) return zstdDecompressSync(payload);
  } catch (cause) {
    throw refusal(`what is packed in it with ${form} is damaged`, cause);
  }
  return refuse(`it is packed with ${form}`);
}

function refuse(reason: string): never {
  throw refusal(reason);
}

function refusal(reason: string, cause?: unknown): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `GRUB cannot load the kernel: ${reason}`, {
    cause,
    hint: 'on arm64 it has to be an Image with EFI stub, plain or packed with gzip or zstd: choose another kernel package',
  });
}
