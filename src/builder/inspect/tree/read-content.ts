import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { MIB } from '../../../disk/layout.ts';
import { KubeosError } from '../../../errors.ts';
import type { Content, FileNode } from './file-node.ts';

/** Larger files are not read whole. */
const MAX_TEXT_BYTES = 64 * MIB;

/** @throws KubeosError BUILD_CHECK_FAILED for a file that is too large to be what was asked for */
export async function readContent(node: FileNode): Promise<Buffer> {
  if (node.size > MAX_TEXT_BYTES) {
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `${node.path} is ${node.size} bytes long, expected at most ${MAX_TEXT_BYTES}`,
    );
  }
  const parts: Buffer[] = [];
  if (node.content !== null) {
    for await (const part of chunksOf(node.content)) parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts);
}

/** SHA-256 of a file's bytes, lower-case hex. */
export async function hashContent(content: Content): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of chunksOf(content)) hash.update(part);
  return hash.digest('hex');
}

/** Each chunk is valid until the next one is asked for. */
async function* chunksOf(content: Content): AsyncGenerator<Buffer> {
  if (content.runs.length === 0) return;
  await using handle = await openContent(content.file);
  const longest = Math.max(...content.runs.map((run) => run.length));
  const buffer = Buffer.alloc(Math.min(MIB, longest));
  for (const { position, length } of content.runs) {
    for (let done = 0; done < length;) {
      const wanted = Math.min(buffer.length, length - done);
      if (position === null) buffer.fill(0, 0, wanted);
      const got =
        position === null
          ? wanted
          : (await handle.read(buffer, 0, wanted, position + done)).bytesRead;
      if (got === 0) throw endsEarly(content.file, (position ?? 0) + done);
      yield buffer.subarray(0, got);
      done += got;
    }
  }
}

/** fsck.erofs exits 0 also where it has unpacked nothing of a damaged file system. */
async function openContent(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (cause) {
    throw new KubeosError('BUILD_CHECK_FAILED', `${file} cannot be read`, {
      cause,
      hint: 'the file system is damaged, or the file has gone; fetch or build it again',
    });
  }
}

function endsEarly(file: string, position: number): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `${file} ends before byte ${position}`, {
    hint: 'the file was cut short; fetch or build it again',
  });
}
