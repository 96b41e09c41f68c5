import { createHash } from 'node:crypto';
import { read } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import type { Representation } from './plan-answer.ts';
import type { RepositoryPath } from './repository-path.ts';

/** An open file that several answers read at once: the last one to let go closes it. */
export class SharedFile {
  readonly facts: Representation;
  readonly #handle: FileHandle;
  #users = 1;

  constructor(handle: FileHandle, facts: Representation) {
    this.#handle = handle;
    this.facts = facts;
  }

  join(): this {
    this.#users += 1;
    return this;
  }

  async leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users === 0) await this.#handle.close();
  }

  /** By fs.read and not by the handle's own: half the cost, which small ranges feel. */
  async read(buffer: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < buffer.length;) {
      const count = await readSome(this.#handle.fd, buffer.subarray(done), position + done);
      if (count === 0) throw new KubeosError('RELEASE_INVALID', 'a file was cut short meanwhile');
      done += count;
    }
  }
}

/** @returns the facts of an open file; a target is named by its SHA-256, other files are read for it */
export async function observeFile(
  handle: FileHandle,
  file: RepositoryPath,
): Promise<Representation> {
  const { size, mtimeMs } = await handle.stat();
  const sha256 = file.kind === 'target' ? file.sha256 : await sha256Of(handle, size);
  return { sizeBytes: size, modifiedMs: mtimeMs, etag: `"${sha256}"` };
}

async function sha256Of(handle: FileHandle, size: number): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(Math.min(size, 2 ** 18));
  for (let position = 0; position < size;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return hash.digest('hex');
}

function readSome(fd: number, buffer: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, buffer.length, position, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}
