import {
  cp,
  mkdir,
  mkdtempDisposable,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { mkfsRootExt4 } from '../../src/disk/mkfs.ts';
import { hostCommands } from '../../src/host/run-commands.ts';
import { compressImage, type CompressedImage } from '../../src/release/compress-image.ts';
import { checkPack, isWorthPublishing } from '../../src/release/pack/check-pack.ts';
import { makePack } from '../../src/release/pack/make-pack.ts';
import type { PackImages } from '../../src/release/pack/pack-format.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const PACKAGES = path.resolve(import.meta.dirname, '../../node_modules');

/** An ext4 root image of a tree, and its release's image.zst with the block table. */
async function rootImage(dir: string, name: string) {
  const image = path.join(dir, `${name}.img`);
  const uuid = '6b756265-6f73-4000-8000-000000000001';
  const request = {
    image,
    label: 'root',
    uuid,
    sizeBytes: 64 * 2 ** 20,
    epoch: 1_577_836_800,
    inodes: 4096,
  };
  await (await open(image, 'w')).close();
  await commands.run(mkfsRootExt4(request, path.join(dir, name)));
  const compressed = await compressImage({
    image,
    output: path.join(dir, `${name}.zst`),
    level: 3,
  });
  return { image, ...compressed };
}

function imagesOf(base: CompressedImage, image: CompressedImage): PackImages {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return {
    baseBytes: base.table.imageBytes,
    baseSha256: hex(base.table.imageSha256),
    imageBytes: image.table.imageBytes,
    imageSha256: hex(image.table.imageSha256),
  };
}

/** Changes a tree as an update of packages does: text and programs edited, files gone, new and moved. */
async function update(tree: string): Promise<void> {
  const edited = (await readdir(path.join(tree, 'zod/v4/core'))).filter((name) =>
    name.endsWith('.js'),
  );
  for (const name of edited.slice(0, 6)) {
    const file = path.join(tree, 'zod/v4/core', name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, `// a line more\n${text.replaceAll('const ', 'let ')}`);
  }
  await rm(path.join(tree, 'zod/v3'), { recursive: true });
  await rename(path.join(tree, 'js-yaml/dist'), path.join(tree, 'js-yaml/moved'));
  await cp(path.join(PACKAGES, 'ssh2/lib'), path.join(tree, 'a-new-one'), { recursive: true });
}

test('a pack between two root images costs a fraction, and makes each from the other', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-pack-');
  for (const name of ['v1', 'v2']) {
    await mkdir(path.join(dir.path, name));
    for (const one of ['zod', 'js-yaml', 'yargs', 'prom-client']) {
      await cp(path.join(PACKAGES, one), path.join(dir.path, name, one), { recursive: true });
    }
  }
  await update(path.join(dir.path, 'v2'));
  const [v1, v2] = [await rootImage(dir.path, 'v1'), await rootImage(dir.path, 'v2')];
  for (const [base, image] of [
    [v1, v2],
    [v2, v1],
  ] as const) {
    const pack = path.join(dir.path, `${path.basename(image.image)}.kdp`);
    const request = { base: base.image, image: image.image, images: imagesOf(base, image) };
    const made = await makePack({ ...request, output: pack, parameters: { level: 9 } });
    await checkPack({ ...request, pack, table: image.table });
    t.is(made.bytes, (await stat(pack)).size);
    t.true(isWorthPublishing(made.bytes, image.size), `${made.bytes} of ${image.size} bytes`);
    const total = Object.values(made.operations).reduce((sum, { bytes }) => sum + bytes, 0);
    t.is(total, image.table.imageBytes);
  }
});
