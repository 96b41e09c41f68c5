import { BLOCK_BYTES } from '../block-table.ts';
import { isRawDictionary } from '../frame.ts';
import { chooseWindows, type Piece } from './choose-windows.ts';
import type { RawPiece } from './encode-changed.ts';
import type { Changed } from './find-stretches.ts';
import type { ImageBytes } from './image-bytes.ts';
import type { PackParameters } from './pack-parameters.ts';

export interface CutRequest {
  readonly base: ImageBytes;
  readonly image: ImageBytes;
  readonly parameters: PackParameters;
}

/** A changed stretch as groups of at most a block, each of pieces of about one length. */
export function* cutChanged(
  { base, image, parameters }: CutRequest,
  changed: Changed,
): Generator<readonly RawPiece[]> {
  const limits = { ...parameters, baseBytes: base.size };
  for (const group of evenly(changed, BLOCK_BYTES)) {
    yield [...evenly(group, parameters.pieceBytes)].map((piece) => {
      const windows = chooseWindows(piece, changed.hints, limits).map((window) => ({
        ...window,
        dictionary: Uint8Array.from(base.read(window.offset, window.bytes)),
      }));
      return {
        raw: Uint8Array.from(image.read(piece.start, piece.bytes)),
        windows: windows.filter(({ dictionary }) => isRawDictionary(dictionary)),
      };
    });
  }
}

function* evenly({ start, bytes }: Piece, most: number): Generator<Piece> {
  const count = Math.ceil(bytes / most);
  const at = (index: number): number => start + Math.round((bytes * index) / count);
  for (let index = 0; index < count; index += 1) {
    yield { start: at(index), bytes: at(index + 1) - at(index) };
  }
}
