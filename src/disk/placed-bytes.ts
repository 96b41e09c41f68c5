/** Bytes with their place on a disk or in a partition. */
export interface PlacedBytes {
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
}
