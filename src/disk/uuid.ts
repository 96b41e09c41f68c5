import { createHash } from 'node:crypto';

/** Name space of every identifier that kubeos derives; itself random, made once. */
const KUBEOS_NAMESPACE = '6f0d4c1a-8a52-4c0e-9d3f-5b7f2c1e9a64';

/** The UUIDv5 (RFC 9562 section 5.5) of a name: the same build seed and role give the same identifier. */
export function uuidOf(seed: string, role: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(KUBEOS_NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(`${seed}/${role}`)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
