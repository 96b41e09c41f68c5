export const SIGNATURE = '# GRUB Environment Block\n';

/** One `name=value` of a block as GRUB takes it, whatever bytes they are. */
export interface GrubEnvironmentLine {
  readonly name: Buffer;
  readonly value: Buffer;
}

const [NUL, LINE_FEED, HASH, EQUALS, BACKSLASH] = [0x00, 0x0a, 0x23, 0x3d, 0x5c];

/**
 * What GRUB gets from a file of any length, in order, a name perhaps twice; the last one counts. These are the steps of
 * `grub_envblk_iterate` (grub-core/lib/envblk.c), which stops at the first thing that it cannot read: a name goes on to
 * the next "=", over ends of lines too; a backslash takes the next byte of a value as it is; NUL ends a word.
 */
export function grubEnvironmentLines(bytes: Uint8Array): GrubEnvironmentLine[] {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: GrubEnvironmentLine[] = [];
  if (!hasSignature(block)) return lines;
  for (let at = SIGNATURE.length; at < block.length; at = endOfLine(block, at) + 1) {
    if (block[at] === HASH) continue;
    const equals = block.indexOf(EQUALS, at);
    if (equals < 0) break;
    const end = endOfLine(block, equals + 1);
    if (end >= block.length) break;
    const value = unescaped(block.subarray(equals + 1, end));
    lines.push({ name: untilNul(block.subarray(at, equals)), value: untilNul(value) });
    at = equals + 1;
  }
  return lines;
}

/**
 * Whether GRUB can change a variable in this block. Before the padding it wants the end of a line (`grub_envblk_set`);
 * where anything else stands there it saves no try, and so refuses every slot on trial.
 */
export function canGrubSave(bytes: Uint8Array): boolean {
  return hasSignature(bytes) && bytes[bytes.findLastIndex((byte) => byte !== HASH)] === LINE_FEED;
}

function hasSignature(bytes: Uint8Array): boolean {
  // The signature alone is not enough for GRUB: it counts the NUL that ends its own copy.
  const start = Buffer.from(bytes.subarray(0, SIGNATURE.length)).toString('latin1');
  return bytes.length > SIGNATURE.length && start === SIGNATURE;
}

/** Where the line that goes on at this byte ends; the length of the block, or one more, where it has no end. */
function endOfLine(block: Buffer, from: number): number {
  let at = from;
  while (at < block.length && block[at] !== LINE_FEED) at += block[at] === BACKSLASH ? 2 : 1;
  return at;
}

function unescaped(value: Buffer): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < value.length; at += 1) {
    if (value[at] === BACKSLASH) at += 1;
    bytes.push(value.readUInt8(at));
  }
  return Buffer.from(bytes);
}

function untilNul(text: Buffer): Buffer {
  const end = text.indexOf(NUL);
  return end < 0 ? text : text.subarray(0, end);
}
