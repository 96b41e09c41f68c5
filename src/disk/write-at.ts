import { open, type FileHandle } from 'node:fs/promises';
import { MIB } from './layout.ts';

/** Copies a whole file into another at an offset (bytes). Zero blocks are left as holes. */
export async function writeFileAt(
  source: string,
  target: string,
  offsetBytes: number,
): Promise<void> {
  await using from = await open(source, 'r');
  await using to = await open(target, 'r+');
  const buffer = Buffer.alloc(MIB);
  for (let position = 0; ;) {
    const { bytesRead } = await from.read(buffer, 0, MIB, position);
    if (bytesRead === 0) return;
    const block = buffer.subarray(0, bytesRead);
    if (!isZero(block)) await writeAll(to, block, offsetBytes + position);
    position += bytesRead;
  }
}

/** Writes every byte at a position; one write(2) may take fewer. */
export async function writeAll(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

export function isZero(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (
    buffer.length === 0 || (buffer[0] === 0 && buffer.subarray(1).equals(buffer.subarray(0, -1)))
  );
}
