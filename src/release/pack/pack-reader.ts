import {
  decodeOperationTable,
  decodePackHeader,
  invalidPack,
  PACK_HEADER_BYTES,
  type ExpectedPack,
  type OperationTable,
} from './pack-format.ts';

/** The bytes of a pack in order, as exact lengths. It holds one piece and what came with it. */
export interface PackReader {
  /** Valid until the next are taken. @throws KubeosError RELEASE_INVALID where fewer come */
  readonly take: (bytes: number) => Promise<Uint8Array>;
  /** Whether nothing more comes. */
  readonly isAtEnd: () => Promise<boolean>;
}

/** Reads pieces of any length, as they come from a network or a file. */
export function packReader(pieces: AsyncIterable<Uint8Array>): PackReader {
  const source = pieces[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  let memory = Buffer.alloc(0);
  const fill = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const piece = await source.next();
      if (piece.done === true) return false;
      rest = piece.value;
    }
    return true;
  };
  const take = async (bytes: number): Promise<Uint8Array> => {
    if (memory.length < bytes) memory = Buffer.allocUnsafeSlow(bytes);
    const taken = memory.subarray(0, bytes);
    for (let filled = 0; filled < bytes;) {
      if (!(await fill())) throw invalidPack(`ends ${bytes - filled} bytes too early`);
      const part = rest.subarray(0, bytes - filled);
      taken.set(part, filled);
      rest = rest.subarray(part.length);
      filled += part.length;
    }
    return taken;
  };
  return { take, isAtEnd: async () => !(await fill()) };
}

/**
 * Reads header and operations, and leaves the reader at the first frame.
 *
 * @throws KubeosError RELEASE_INVALID
 */
export async function readOperationTable(
  pack: PackReader,
  expected: ExpectedPack,
): Promise<OperationTable> {
  const header = decodePackHeader(await pack.take(PACK_HEADER_BYTES), expected);
  return decodeOperationTable(header, await pack.take(header.tableFrameBytes));
}
