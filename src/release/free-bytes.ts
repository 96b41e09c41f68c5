/**
 * Gives memory back at once that nobody needs any more: V8 lets buffers pile up to some 64 MiB before it looks for
 * those that are garbage. The bytes are gone afterwards. What shares its memory with others (Buffer's pool) is left.
 */
export function freeBytes(bytes: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = bytes;
  // The pool is more than twice as long as what is cut from it (Buffer.allocUnsafe).
  const isAlone = byteOffset === 0 && buffer.byteLength <= byteLength + 1;
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
