import { open, type FileHandle } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import type { ChunkSizes } from './chunk-end.ts';
import { cutChanged } from './cut-changed.ts';
import { encodeChanged, type RawPiece } from './encode-changed.ts';
import { findStretches, indexChunks } from './find-stretches.ts';
import { imageBytes, type ImageBytes } from './image-bytes.ts';
import { inOrder, type Job } from './in-order.ts';
import type { PackImages } from './pack-format.ts';
import { PACK_DEFAULTS, type PackParameters } from './pack-parameters.ts';
import { packWriter, type MadePack, type NewOperation } from './pack-writer.ts';

export interface MakePackRequest {
  /** The two root images, as files. */
  readonly base: string;
  readonly image: string;
  /** What the manifests say of them. */
  readonly images: PackImages;
  /** The pack, made anew; `OUTPUT.frames` lies beside it for a while. */
  readonly output: string;
  readonly parameters?: Partial<PackParameters>;
  readonly signal?: AbortSignal;
}

/** A copy costs nothing, but a queue of many costs memory. */
const COPY_WEIGHT = 1 / 64;

/**
 * Writes the pack that makes one root image from another. Its bytes depend on the two images, the parameters and the
 * zstd of this Node alone. Memory does not grow with the images.
 *
 * @throws KubeosError RELEASE_INVALID when a file is not as long as its manifest says
 */
export async function makePack(request: MakePackRequest): Promise<MadePack> {
  const { images, output, signal } = request;
  await using base = await openImage(request.base, images.baseBytes);
  await using image = await openImage(request.image, images.imageBytes);
  await using pack = await packWriter(output, images);
  const parameters = { ...PACK_DEFAULTS, ...request.parameters };
  const views = {
    base: () => imageBytes(base.fd, images.baseBytes),
    image: () => imageBytes(image.fd, images.imageBytes),
  };
  for await (const made of inOrder(jobsOf(views, parameters), groupsAtOnce())) {
    signal?.throwIfAborted();
    for (const operation of made) await pack.add(operation);
  }
  return await pack.finish();
}

/** Groups of pieces that are under way at once keep libuv's threads busy; each group holds up to 5 MiB. */
function groupsAtOnce(): number {
  const threads = Number(process.env['UV_THREADPOOL_SIZE']) || 4;
  return Math.min(16, Math.max(4, 2 * threads));
}

async function openImage(file: string, bytes: number): Promise<FileHandle> {
  const handle = await open(file);
  const { size } = await handle.stat();
  if (size === bytes) return handle;
  await handle.close();
  throw new KubeosError('RELEASE_INVALID', `${file} has ${size} bytes, its manifest says ${bytes}`);
}

/** Views of the two images; each holds the stretch that was read last. */
interface Views {
  readonly base: () => ImageBytes;
  readonly image: () => ImageBytes;
}

async function* jobsOf(
  { base, image }: Views,
  parameters: PackParameters,
): AsyncGenerator<Job<readonly NewOperation[]>> {
  const longest = Math.max(base().size, image().size);
  const sizes = chunkSizes(parameters.chunkBytes, longest);
  const known = await indexChunks(base(), sizes);
  const search = { base: base(), image: image(), compared: image(), earlier: image(), sizes };
  const cut = { base: base(), image: image(), parameters };
  for (const stretch of findStretches({ ...search, ...parameters }, known)) {
    if (stretch.kind === 'changed') {
      for (const pieces of cutChanged(cut, stretch)) {
        yield { weight: 1, result: makeFrames(pieces, parameters.level) };
      }
    } else {
      const { kind, bytes, offset } = stretch;
      yield { weight: COPY_WEIGHT, result: Promise.resolve([{ kind, bytes, offset }]) };
    }
  }
}

/** Longer chunks for longer images, so that their index stays as small: 24 MiB for 2^20 of them. */
function chunkSizes(average: number, imageBytes: number): ChunkSizes {
  const least = 2 ** Math.ceil(Math.log2(imageBytes / 2 ** 20));
  const length = Math.min(2 ** 17, Math.max(average, least));
  return { min: length / 4, average: length, max: length * 4 };
}

async function makeFrames(
  pieces: readonly RawPiece[],
  level: number,
): Promise<readonly NewOperation[]> {
  const encoded = await encodeChanged(pieces, level);
  return encoded.map(({ bytes, frame, window }): NewOperation => {
    if (window === null) return { kind: 'frame', bytes, frame };
    return {
      kind: 'delta',
      bytes,
      frame,
      dictionaryOffset: window.offset,
      dictionaryBytes: window.bytes,
    };
  });
}
