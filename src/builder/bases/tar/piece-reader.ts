import { open, type FileHandle } from 'node:fs/promises';
import { KubeosError } from '../../../errors.ts';

const MOST_BYTES = 1024 * 1024;
/** Small files mostly follow each other in their archive: one read fetches many of them. */
const READ_AHEAD_BYTES = 128 * 1024;

interface Source {
  readonly file: FileHandle;
  /** One for all reads: new ones would keep the garbage collector busy longer than the disk. */
  readonly memory: Buffer;
  /** What of the file is in memory now. */
  start: number;
  length: number;
}

export interface Run {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** Reads many runs of few files, which it keeps open; dispose of it when done. */
export class PieceReader implements AsyncDisposable {
  readonly #sources = new Map<string, Source>();

  /** The run in chunks of at most 1 MiB, each of which stays as it is until the next is asked for. */
  async *read(run: Run): AsyncGenerator<Uint8Array> {
    const source = await this.#sourceOf(run.path);
    for (let done = 0; done < run.length;) {
      const wanted = Math.min(MOST_BYTES, run.length - done);
      const chunk = await readFrom(source, { ...run, offset: run.offset + done, length: wanted });
      done += chunk.length;
      yield chunk;
    }
  }

  async #sourceOf(path: string): Promise<Source> {
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    const source = {
      file: await open(path),
      memory: Buffer.alloc(MOST_BYTES),
      start: 0,
      length: 0,
    };
    this.#sources.set(path, source);
    return source;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { file } of this.#sources.values()) await file.close();
    this.#sources.clear();
  }
}

async function readFrom(source: Source, { path, offset, length }: Run): Promise<Uint8Array> {
  if (offset < source.start || offset >= source.start + source.length) {
    const wanted = Math.max(length, READ_AHEAD_BYTES);
    const { bytesRead } = await source.file.read(source.memory, 0, wanted, offset);
    if (bytesRead === 0) throw changedWhileRead(path);
    source.start = offset;
    source.length = bytesRead;
  }
  const from = offset - source.start;
  return source.memory.subarray(from, Math.min(from + length, source.length));
}

function changedWhileRead(path: string): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `${path} became shorter while it was read`, {
    hint: 'build again when nothing else changes it',
  });
}
