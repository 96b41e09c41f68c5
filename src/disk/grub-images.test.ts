import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { grubFiles, loadGrubImages, type GrubImages } from './grub-images.ts';

const UEFI = { version: 'uefi-0123456789abcdef', image: Buffer.from('an EFI program') };
const BIOS = {
  ...{ version: 'bios-fedcba9876543210', core: Buffer.from('core') },
  bootSector: Buffer.from('boot'),
};

async function through(images: GrubImages): Promise<GrubImages | null> {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-grub-images-'));
  for (const [name, content] of grubFiles(images)) {
    await writeFile(path.join(directory.path, name), content);
  }
  return await loadGrubImages(directory.path);
}

test('what a build puts into a release is what a node finds there', async (t) => {
  t.deepEqual(await through({ uefi: UEFI, bios: null }), { uefi: UEFI, bios: null });
  t.deepEqual(await through({ uefi: UEFI, bios: BIOS }), { uefi: UEFI, bios: BIOS });
});

test('a release without them has none', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-grub-images-'));
  t.is(await loadGrubImages(directory.path), null);
});
