import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';

/** What a node would fetch by a scheme. `requests` is null where the tool does not say. */
export interface Transfer {
  readonly name: string;
  readonly bytes: number;
  readonly requests: number | null;
}

export interface Files {
  readonly base: string;
  readonly image: string;
  readonly work: string;
}

/** casync as it comes: the index, and one request for each chunk that the base does not have. Leaves `new.store` and `new.caibx`. */
export function casyncTransfer({ base, image, work }: Files): Transfer {
  const known = new Set(casyncChunks(base, path.join(work, 'base')).keys());
  const chunks = casyncChunks(image, path.join(work, 'new'));
  const missing = [...chunks].filter(([name]) => !known.has(name));
  rmSync(path.join(work, 'base.store'), { recursive: true });
  const index = statSync(path.join(work, 'new.caibx')).size;
  const bytes = missing.reduce((sum, [, size]) => sum + size, index);
  return { name: 'casync, chunks of 64 KiB', bytes, requests: missing.length + 1 };
}

/** Bytes of each chunk's file by its name. */
function casyncChunks(image: string, stem: string): ReadonlyMap<string, number> {
  const store = `${stem}.store`;
  rmSync(store, { recursive: true, force: true });
  execFileSync('casync', ['make', `--store=${store}`, `${stem}.caibx`, image]);
  const names = readdirSync(store, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.cacnk'));
  return new Map(files.map((name) => [name, statSync(path.join(store, name)).size]));
}

/** zchunk as it comes, by its own account: the header, and the chunks that the base does not have. */
export function zchunkTransfer({ base, image, work }: Files): Transfer {
  const files = [base, image].map((source, index) => {
    const output = path.join(work, `${index}.zck`);
    execFileSync('zck', ['-o', output, source], { stdio: 'ignore' });
    return output;
  });
  const text = execFileSync('zck_delta_size', files, { encoding: 'utf8' });
  for (const file of files) rmSync(file);
  const bytes = Number(/download (\d+) of/.exec(text)?.[1]);
  if (!Number.isInteger(bytes)) throw new Error(`zck_delta_size says: ${text}`);
  return { name: 'zchunk', bytes, requests: null };
}

const BLOCK = 4096;
/** What RAUC's documentation recommends for the squashfs of a bundle. */
const GROUP = 2 ** 16;
/** What mksquashfs takes for zstd. */
const SQUASHFS_LEVEL = 15;

/**
 * RAUC's block-hash-index, computed: 32 bytes for each 4 KiB of the new image, and every compressed block of the bundle
 * with a 4 KiB block that is neither in the base, nor zero, nor earlier in the image.
 */
export function raucTransfer({ base, image }: Files): Transfer {
  const known = new Set([hash('sha256', Buffer.alloc(BLOCK), 'latin1')]);
  for (const group of groupsOf(base))
    for (const block of blocksOf(group)) known.add(hash('sha256', block, 'latin1'));
  let bytes = (statSync(image).size / BLOCK) * 32;
  let requests = 1;
  let wasMissing = false;
  for (const group of groupsOf(image)) {
    const isMissing =
      blocksOf(group)
        .map((block) => hash('sha256', block, 'latin1'))
        .filter((one) => !known.has(one) && known.add(one)).length > 0;
    if (isMissing) {
      bytes += zstdCompressSync(group, {
        params: { [constants.ZSTD_c_compressionLevel]: SQUASHFS_LEVEL },
      }).length;
      if (!wasMissing) requests += 1;
    }
    wasMissing = isMissing;
  }
  return { name: 'RAUC, blocks of 4 KiB (computed)', bytes, requests };
}

function* groupsOf(file: string): Generator<Buffer> {
  const handle = openSync(file, 'r');
  const buffer = Buffer.alloc(GROUP);
  for (let read = readSync(handle, buffer); read > 0; read = readSync(handle, buffer))
    yield buffer.subarray(0, read);
  closeSync(handle);
}

function blocksOf(group: Buffer): readonly Buffer[] {
  return Array.from({ length: Math.ceil(group.length / BLOCK) }, (_, index) =>
    group.subarray(index * BLOCK, (index + 1) * BLOCK),
  );
}
