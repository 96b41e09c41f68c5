import { open, type FileHandle } from 'node:fs/promises';
import { bytesIn } from '../../disk/positional-file.ts';
import { KubeosError } from '../../errors.ts';

/** A part of an image file that can be read at any place. */
export interface ImageBytes extends AsyncDisposable {
  readonly file: string;
  /** Where this part begins in the file, in bytes. */
  readonly offset: number;
  /** Bytes from there to the end of the file. */
  readonly size: number;
  /** @throws KubeosError BUILD_CHECK_FAILED where the file ends before */
  read(position: number, length: number): Promise<Buffer>;
}

const PAGE = 64 * 1024;
const CACHED_PAGES = 256;

/** Opens a file for reading from an offset (bytes) on. What was read last is kept, at most 16 MiB of it. */
export async function openImageBytes(file: string, offset = 0): Promise<ImageBytes> {
  const handle = await open(file, 'r');
  const size = await bytesIn(await handle.stat());
  const pages = new Map<number, Buffer>();
  const pageAt = async (index: number): Promise<Buffer> => {
    const page = pages.get(index) ?? (await readPage(handle, offset + index * PAGE));
    // Taken out and put back: the first in the map is the one that was not used for longest.
    pages.delete(index);
    pages.set(index, page);
    if (pages.size > CACHED_PAGES) pages.delete(pages.keys().next().value ?? 0);
    return page;
  };
  return {
    file,
    offset,
    size: Math.max(0, size - offset),
    read: async (position, length) => {
      const result = Buffer.alloc(length);
      for (let done = 0; done < length;) {
        const at = position + done;
        const page = await pageAt(Math.floor(at / PAGE));
        if (page.length <= at % PAGE) throw endsEarly(file, offset + at);
        done += page.copy(result, done, at % PAGE);
      }
      return result;
    },
    [Symbol.asyncDispose]: async () => await handle.close(),
  };
}

async function readPage(handle: FileHandle, position: number): Promise<Buffer> {
  const page = Buffer.alloc(PAGE);
  const { bytesRead } = await handle.read(page, 0, PAGE, position);
  return page.subarray(0, bytesRead);
}

function endsEarly(file: string, position: number): KubeosError {
  return new KubeosError('BUILD_CHECK_FAILED', `${file} ends before byte ${position}`, {
    hint: 'the file was cut short; fetch or build it again',
  });
}
