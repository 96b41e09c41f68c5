import { closeSync, fdatasyncSync, openSync, readSync, writeSync } from 'node:fs';

const SECTOR = 512;

/** What becomes of the sectors that were not flushed yet when power is cut. */
export type Loss = 'none' | 'all' | 'some';

/**
 * A disk with a volatile write cache, on a file: what was written is read back at once, and what was not flushed may be
 * gone after a power cut, sector by sector.
 */
export class VolatileDisk implements Disposable {
  readonly size: number;
  readonly #file: number;
  /** Sectors that were written since the last flush, as they were before. */
  readonly #before = new Map<number, Buffer>();

  constructor(file: string, size: number) {
    this.#file = openSync(file, 'r+');
    this.size = size;
  }

  get unflushed(): number {
    return this.#before.size;
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, offset);
    return bytes;
  }

  write(offset: number, bytes: Buffer): void {
    const first = Math.floor(offset / SECTOR);
    const end = Math.ceil((offset + bytes.length) / SECTOR);
    const old = this.read(first * SECTOR, (end - first) * SECTOR);
    for (let sector = first; sector < end; sector += 1) {
      if (this.#before.has(sector)) continue;
      const at = (sector - first) * SECTOR;
      this.#before.set(sector, old.subarray(at, at + SECTOR));
    }
    writeSync(this.#file, bytes, 0, bytes.length, offset);
  }

  flush(): void {
    this.#before.clear();
  }

  /** Power is gone. @param isLost is asked for each sector that was not flushed */
  cut(loss: Loss, isLost: () => boolean): void {
    for (const [sector, before] of this.#before) {
      if (loss === 'none' || (loss === 'some' && !isLost())) continue;
      writeSync(this.#file, before, 0, SECTOR, sector * SECTOR);
    }
    this.#before.clear();
  }

  [Symbol.dispose](): void {
    fdatasyncSync(this.#file);
    closeSync(this.#file);
  }
}
