import { encodeOperation } from './pack-format.ts';
import { cursorAfter, type Cursor, type Operation } from './operation.ts';

/** Collects the operations of a pack as the bytes of its table. */
export interface TableWriter {
  readonly add: (operation: Operation) => void;
  readonly bytes: () => Uint8Array;
}

export function tableWriter(): TableWriter {
  let buffer = Buffer.alloc(2 ** 16);
  let cursor: Cursor = { at: 0, output: 0, pack: 0, diagonal: 0 };
  return {
    add(operation) {
      const encoded = encodeOperation(operation, cursor);
      const end = cursor.at + encoded.length;
      if (end > buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length);
      buffer.set(encoded, cursor.at);
      cursor = cursorAfter(cursor, operation, end);
    },
    bytes: () => buffer.subarray(0, cursor.at),
  };
}
