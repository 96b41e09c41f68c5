import { createHash, randomFillSync } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { imageTable } from '../../../src/release/fetch/image-table.ts';
import type { Base } from '../../../src/release/fetch/target.ts';
import type { ListedPacks } from '../../../src/release/fetch/find-pack.ts';
import { deltaName, storedPath } from '../../../src/release/metadata/target-name.ts';
import { makePack } from '../../../src/release/pack/make-pack.ts';
import { positionalReader } from '../../../src/release/pack/positional-reader.ts';
import { setting, type Setting } from './setting.ts';
import { putRelease, type TestRelease } from './test-release.ts';

export interface Upgrade extends AsyncDisposable {
  readonly given: Setting;
  readonly next: TestRelease;
  readonly base: Base;
  readonly listed: ListedPacks;
  readonly packFile: string;
  readonly packBytes: number;
}

const few = (image: Buffer, at: number): Buffer => image.fill(at % 251, at, at + 40);
export const many = (image: Buffer, at: number): Buffer => randomFillSync(image, at, 30_000);

/** Version 2 changes a few bytes in every block: no block can be copied, and a pack of it is small. */
export async function upgrade(blocks: number, change = few): Promise<Upgrade> {
  await using stack = new AsyncDisposableStack();
  const given = stack.use(await setting(blocks));
  const image = Buffer.from(given.release.image);
  for (let at = 3000; at + 30_000 < image.length; at += 300_000) change(image, at);
  const next = await putRelease(given.repository, image, '2.0.0');
  const output = path.join(given.repository, 'pack');
  const baseFile = path.join(given.repository, '1.0.0.img');
  await makePack({
    parameters: { level: 1, candidates: 1 },
    base: baseFile,
    image: path.join(given.repository, '2.0.0.img'),
    images: {
      baseBytes: given.release.image.length,
      baseSha256: given.release.manifest.image.sha256,
      imageBytes: image.length,
      imageSha256: next.manifest.image.sha256,
    },
    output,
  });
  const bytes = await readFile(output);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const name = deltaName(next.digest, given.digest);
  const packPath = storedPath(name, sha256);
  await writeFile(path.join(given.repository, packPath), bytes);
  const custom = { kind: 'delta', release: next.digest, base: given.digest } as const;
  const delta = { name, path: packPath, length: bytes.length, sha256, custom, base: given.digest };
  const file = stack.use(await open(baseFile));
  const table = await imageTable(baseFile, AbortSignal.timeout(60_000));
  const held = stack.move();
  return {
    given,
    next,
    base: { release: given.digest, table, read: positionalReader(file) },
    listed: { deltas: [delta] },
    packFile: path.join(given.repository, packPath),
    packBytes: bytes.length,
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}
