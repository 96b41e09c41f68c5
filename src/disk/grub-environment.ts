import { KubeosError } from '../errors.ts';

/** Length of the block in bytes; GRUB saves it in place and can neither grow nor shrink the file. */
export const GRUB_ENVIRONMENT_BYTES = 1024;

/** A disk writes one sector whole or not at all, so what we store may not cross its end. */
const ATOMIC_BYTES = 512;
const SIGNATURE = '# GRUB Environment Block\n';
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export type GrubVariables = ReadonlyMap<string, string>;

export type ParsedGrubEnvironment =
  | { readonly kind: 'intact'; readonly variables: GrubVariables }
  | { readonly kind: 'damaged'; readonly reason: string };

/**
 * Reads a block as GRUB does (grub-core/lib/envblk.c): lines `name=value`, in which a backslash takes the
 * next character as it is, and comment lines, the '#' padding among them. Never throws.
 */
export function parseGrubEnvironment(bytes: Uint8Array): ParsedGrubEnvironment {
  if (bytes.length !== GRUB_ENVIRONMENT_BYTES) {
    return damaged(`${bytes.length} bytes long, expected ${GRUB_ENVIRONMENT_BYTES}`);
  }
  const text = decodeUtf8(bytes);
  if (text === undefined || text.includes('\0')) return damaged('holds bytes that are not text');
  if (!text.startsWith(SIGNATURE)) {
    return damaged(`does not begin with "${SIGNATURE.trimEnd()}"`);
  }
  return parseLines(text.slice(SIGNATURE.length));
}

/**
 * The block that holds these variables, in their order.
 *
 * @throws KubeosError INTERNAL for a name that GRUB could not read back, a NUL in a value, or variables
 * that do not fit the first sector
 */
export function serialiseGrubEnvironment(variables: GrubVariables): Uint8Array {
  const lines = [...variables].map(([name, value]) => serialiseLine(name, value));
  const content = Buffer.from(SIGNATURE + lines.join(''));
  if (content.length > ATOMIC_BYTES) {
    const room = `${content.length} bytes, more than the ${ATOMIC_BYTES} of its first sector`;
    throw new KubeosError('INTERNAL', `the GRUB environment block would need ${room}`);
  }
  const block = Buffer.alloc(GRUB_ENVIRONMENT_BYTES, '#');
  content.copy(block);
  return block;
}

function damaged(reason: string): ParsedGrubEnvironment {
  return { kind: 'damaged', reason };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseLines(text: string): ParsedGrubEnvironment {
  const variables = new Map<string, string>();
  for (const line of text.match(LINES) ?? []) {
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    if (equals < 1) return damaged(`${JSON.stringify(line)} is not a line name=value`);
    if (!line.endsWith('\n')) return damaged(`${line.slice(0, equals)} has no end of line`);
    variables.set(line.slice(0, equals), unescape(line.slice(equals + 1, -1)));
  }
  return { kind: 'intact', variables };
}

/** A line goes on over an escaped line feed; the last one may lack its end. */
const LINES = /(?:\\[^]|[^\\\n])*(?:\n|\\?$)/g;

const unescape = (value: string): string => value.replaceAll(/\\([^])/g, '$1');

function serialiseLine(name: string, value: string): string {
  if (!NAME.test(name) || value.includes('\0')) {
    throw new KubeosError('INTERNAL', `GRUB cannot hold the variable ${JSON.stringify(name)}`);
  }
  return `${name}=${value.replaceAll(/[\\\n]/g, '\\$&')}\n`;
}
