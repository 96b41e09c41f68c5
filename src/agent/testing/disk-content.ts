import type { Slot } from '../../disk/grub-environment-slots.ts';
import type { PositionalFile } from '../../disk/positional-file.ts';

/** Places on a node's disk that are written one by one. */
export type Place =
  | 'environment'
  | 'records'
  | `${'configuration' | 'sums' | 'root'}-${Slot}`
  | 'grub-0'
  | 'grub-1'
  | 'grub-sector';

/** What happens to a place. */
export type DiskEvent =
  | {
      readonly kind: 'write';
      readonly place: Place;
      readonly position: number;
      readonly bytes: Buffer;
    }
  | { readonly kind: 'flush'; readonly place: Place };

export type DiskContent = Readonly<Record<Place, Buffer>>;

/** A place in memory, whose writes and flushes are told. */
export function memoryFile(
  bytes: Buffer,
  place: Place,
  onEvent: (event: DiskEvent) => void,
): PositionalFile {
  return {
    address: place,
    size: bytes.length,
    read: async (into, position) => {
      into.set(bytes.subarray(position, position + into.length));
    },
    write: async (written, position) => {
      bytes.set(written, position);
      onEvent({ kind: 'write', place, position, bytes: Buffer.from(written) });
    },
    flush: async () => onEvent({ kind: 'flush', place }),
  };
}
