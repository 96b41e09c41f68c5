import { mkdir, mkdtempDisposable, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { DISK_SHAPE_FILE } from '../../disk/disk-shape.ts';
import { GRUB_DIRECTORY } from '../../disk/grub-images.ts';
import { MIB } from '../../disk/layout.ts';
import { loadDiskParts } from './disk-parts.ts';

const SHAPE = {
  ...{ arch: 'amd64', firmware: ['uefi'] },
  ...{ boot: 36 * MIB, root: 12 * MIB, persist: 64 * MIB },
};

/** What a release brings; null: it does not. */
async function brought(tree: string, files: Readonly<Record<string, string | null>> = {}) {
  const all = {
    [DISK_SHAPE_FILE]: JSON.stringify(SHAPE),
    [`${GRUB_DIRECTORY}/grub.json`]: JSON.stringify({ uefi: `uefi-${'a'.repeat(16)}`, bios: null }),
    [`${GRUB_DIRECTORY}/grub-uefi.img`]: 'grub',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    const place = path.join(tree, name);
    await mkdir(path.dirname(place), { recursive: true });
    await (text === null ? rm(place, { force: true }) : writeFile(place, text));
  }
  return await loadDiskParts(tree);
}

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-parts-'));

test('shape and GRUB of the release that runs are read', async (t) => {
  await using directory = await temporary();
  const { shape, grub } = await brought(directory.path);
  t.deepEqual<unknown, unknown>(shape, SHAPE);
  t.is(Buffer.from(grub.uefi.image).toString(), 'grub');
});

for (const [name, text, code, says] of [
  [DISK_SHAPE_FILE, null, 'HOST_NOT_READY', /brings no .*disk\.json/],
  [DISK_SHAPE_FILE, '{', 'RELEASE_INVALID', /disk\.json of the release that runs: .*JSON/],
  [
    DISK_SHAPE_FILE,
    JSON.stringify({ ...SHAPE, root: MIB + 1 }),
    'RELEASE_INVALID',
    /disk\.json of the release that runs: [^]*multiple of 1048576[^]*root/,
  ],
  [`${GRUB_DIRECTORY}/grub.json`, null, 'HOST_NOT_READY', /brings no GRUB/],
  [
    `${GRUB_DIRECTORY}/grub.json`,
    '{}',
    'RELEASE_INVALID',
    /boot of the release that runs: [^]*uefi/,
  ],
  [`${GRUB_DIRECTORY}/grub-uefi.img`, null, 'RELEASE_INVALID', /ENOENT.*grub-uefi\.img/],
] as const) {
  const what = text === null ? 'without' : `with "${text}" as`;
  test(`a release ${what} ${path.basename(name)} is told as its own fault`, async (t) => {
    await using directory = await temporary();
    const error = await t.throwsAsync(brought(directory.path, { [name]: text }), { code });
    t.regex(error?.message ?? '', says);
    t.truthy(error instanceof Error && 'hint' in error && error.hint);
  });
}
