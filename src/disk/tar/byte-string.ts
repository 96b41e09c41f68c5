/**
 * Names, targets and attribute values are byte strings: each character is one byte (Node's `latin1`).
 * A tar holds bytes; as UTF-8 text, file capabilities and old names would not survive. Their order is byte order.
 */
export type ByteString = string;

/** A byte string for people. */
export function readable(name: ByteString): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
