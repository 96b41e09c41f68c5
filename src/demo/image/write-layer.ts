import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Commands } from '../../host/commands.ts';

export interface Layer {
  /** Of the compressed file, lower-case hex. */
  readonly sha256: string;
  readonly size: number;
  /** Of the tar in it. */
  readonly diffId: string;
}

/**
 * What a folder holds as a layer among the blobs: all root's, to be read by everybody, without times, sorted, so that the
 * same files give the same bytes, whoever packs them.
 */
export async function writeLayer(
  folder: string,
  blobs: string,
  commands: Commands,
): Promise<Layer> {
  await mkdir(blobs, { recursive: true });
  const tar = `${folder}.tar`;
  const plain = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  // The mode of a file is its maker's umask; in a pod it is nobody who reads it.
  const mode = '--mode=u=rwX,go=rX';
  const args = [
    '--create',
    '--format=gnu',
    ...plain,
    mode,
    '--file',
    tar,
    '--directory',
    folder,
    '.',
  ];
  await commands.run({ tool: 'tar', args });
  const [inner, outer] = [createHash('sha256'), createHash('sha256')];
  const packed = `${tar}.gz`;
  const steps = [hashing(inner), createGzip({ level: 9 }), hashing(outer)] as const;
  await pipeline(createReadStream(tar), ...steps, createWriteStream(packed));
  const sha256 = outer.digest('hex');
  const { size } = await stat(packed);
  await rename(packed, path.join(blobs, sha256));
  return { sha256, size, diffId: inner.digest('hex') };
}

function hashing(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}
