import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeBlockTable } from '../../src/release/block-table.ts';
import { compressImage } from '../../src/release/compress-image.ts';
import { releaseDigest, serialiseManifest } from '../../src/release/manifest.ts';
import { fileName, storedPath } from '../../src/release/metadata/target-name.ts';

/** A release of `mib` MiB of this host's /usr in a repository directory, and release.json, which says what is in it. */
export async function makeFetchRelease(repository: string, mib: number): Promise<void> {
  mkdirSync(path.join(repository, 'targets'), { recursive: true });
  const image = path.join(repository, 'image');
  const output = path.join(repository, 'image.zst');
  rmSync(output, { force: true });
  const bytes = mib * 2 ** 20;
  execFileSync('bash', ['-c', 'tar -C / -cf - usr 2>/dev/null | head -c "$BYTES" > "$IMAGE"'], {
    env: { ...process.env, BYTES: String(bytes), IMAGE: image },
  });
  // Where there is less of it, the rest is zeros.
  truncateSync(image, bytes);
  const { table, ...full } = await compressImage({ image, output, level: 3 });
  const blocks = encodeBlockTable(table);
  const imageSha256 = Buffer.from(table.imageSha256).toString('hex');
  const none = { path: '/none', size: 1, sha256: sha256(Buffer.alloc(1)) };
  const manifest = serialiseManifest({
    schema: 1,
    name: 'bench',
    version: '1',
    epoch: 0,
    arch: 'amd64',
    created: 0,
    image: { fileSystem: 'ext4', size: bytes, sha256: imageSha256, blockSize: 4096 },
    full,
    blocks: { size: blocks.length, sha256: sha256(blocks) },
    boot: { kernel: none, initramfs: none },
    kernelArguments: [],
    verity: null,
    securityFloor: 0,
  });
  const digest = releaseDigest(manifest);
  const place = (file: string, hash: string): string => storedPath(fileName(digest, file), hash);
  const put = (file: string, content: Uint8Array): void =>
    writeFileSync(path.join(repository, place(file, sha256(content))), content);
  put('manifest.json', Buffer.from(manifest));
  put('image.blocks', blocks);
  const stored = place('image.zst', full.sha256);
  renameSync(output, path.join(repository, stored));
  rmSync(image);
  const description = { digest, image: stored, bytes: full.size, sha256: imageSha256 };
  writeFileSync(path.join(repository, 'release.json'), JSON.stringify(description));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
