import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import { compressFrame } from '../frame.ts';
import type { Operation } from './operation.ts';
import { encodePackHeader, maxTableBytes, type PackImages } from './pack-format.ts';
import { tableWriter } from './table-writer.ts';

/** An operation with its frame, where it has one. */
export type NewOperation =
  | (Operation & { readonly kind: 'copy' | 'self' })
  | (Omit<Operation & { readonly kind: 'delta' }, 'frameBytes'> & WithFrame)
  | (Omit<Operation & { readonly kind: 'frame' }, 'frameBytes'> & WithFrame);

interface WithFrame {
  readonly frame: Uint8Array;
}

export interface MadePack {
  readonly bytes: number;
  /** Of the pack, lower-case hex. */
  readonly sha256: string;
  /** How many operations there are of each kind, and how much of the image they make. */
  readonly operations: Readonly<Record<Operation['kind'], OperationCount>>;
}

export interface OperationCount {
  readonly count: number;
  readonly bytes: number;
}

/** The table is small beside the frames, and every client reads it. */
const TABLE_LEVEL = 19;

interface PackWriter extends AsyncDisposable {
  readonly add: (operation: NewOperation) => Promise<void>;
  readonly finish: () => Promise<MadePack>;
}

/** Frames go to a file beside the pack until all operations are known, which come first in it. */
export async function packWriter(output: string, images: PackImages): Promise<PackWriter> {
  const spool = `${output}.frames`;
  const frames = await open(spool, 'w+');
  const table = tableWriter();
  const count = operationCounter();
  return {
    async add(added) {
      const { operation, frame } = split(added);
      if (frame !== null) await frames.appendFile(frame);
      table.add(operation);
      count.add(operation);
    },
    async finish() {
      const tableBytes = table.bytes();
      if (tableBytes.length > maxTableBytes(images.imageBytes)) throw tooLong(tableBytes.length);
      const tableFrame = await compressFrame(tableBytes, TABLE_LEVEL);
      const lengths = { tableBytes: tableBytes.length, tableFrameBytes: tableFrame.length };
      const start = Buffer.concat([encodePackHeader({ ...images, ...lengths }), tableFrame]);
      const pieces = frames.createReadStream({ start: 0, autoClose: false });
      const written = await writePack(output, start, pieces);
      return { ...written, operations: count.counts() };
    },
    async [Symbol.asyncDispose]() {
      await frames.close();
      await rm(spool, { force: true });
    },
  };
}

function split(added: NewOperation): { operation: Operation; frame: Uint8Array | null } {
  if (!('frame' in added)) return { operation: added, frame: null };
  const { frame, ...rest } = added;
  return { operation: { ...rest, frameBytes: frame.length }, frame };
}

/** Whole or not at all; a file that is there already is left as it is. */
async function writePack(
  output: string,
  start: Uint8Array,
  frames: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  await using file = await open(output, 'wx');
  try {
    return await writePieces(file, start, frames);
  } catch (error) {
    await rm(output);
    throw error;
  }
}

async function writePieces(
  file: FileHandle,
  start: Uint8Array,
  frames: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const sha256 = createHash('sha256').update(start);
  let bytes = start.length;
  await file.appendFile(start);
  for await (const piece of frames) {
    sha256.update(piece);
    bytes += piece.length;
    await file.appendFile(piece);
  }
  return { bytes, sha256: sha256.digest('hex') };
}

function operationCounter() {
  const counts = { copy: none(), self: none(), delta: none(), frame: none() };
  return {
    add({ kind, bytes }: Operation): void {
      counts[kind] = { count: counts[kind].count + 1, bytes: counts[kind].bytes + bytes };
    },
    counts: (): MadePack['operations'] => counts,
  };
}

const none = (): OperationCount => ({ count: 0, bytes: 0 });

function tooLong(bytes: number): KubeosError {
  return new KubeosError(
    'RELEASE_INVALID',
    `a delta pack would need ${bytes} bytes of operations`,
    {
      hint: 'the two images have too little in common; publish the release without it',
    },
  );
}
