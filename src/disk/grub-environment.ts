import { KubeosError } from '../errors.ts';
import { canGrubSave, grubEnvironmentLines, SIGNATURE } from './grub-environment-lines.ts';

/** Length of the block in bytes; GRUB saves it in place and can neither grow nor shrink the file. */
export const GRUB_ENVIRONMENT_BYTES = 1024;

/** A disk writes one sector whole or not at all, so what we store may not cross its end. */
const ATOMIC_BYTES = 512;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export type GrubVariables = ReadonlyMap<string, string>;

export type ParsedGrubEnvironment =
  | { readonly kind: 'intact'; readonly variables: GrubVariables }
  /** Nobody of ours writes such a block. GRUB obeys what it still finds in it: `variables`, perhaps none. */
  | { readonly kind: 'damaged'; readonly reason: string; readonly variables: GrubVariables };

/**
 * Reads a block as GRUB does, and says whether it is one that kubeos or GRUB would have written: 1024 bytes of lines
 * `name=value` and comment lines, the '#' padding among them. Never throws.
 */
export function parseGrubEnvironment(bytes: Uint8Array): ParsedGrubEnvironment {
  const variables = new Map(
    grubEnvironmentLines(bytes).map(({ name, value }) => [name.toString(), value.toString()]),
  );
  const reason = damageOf(bytes);
  return reason === null ? { kind: 'intact', variables } : { kind: 'damaged', reason, variables };
}

/**
 * The block that holds these variables, in their order.
 *
 * @throws KubeosError INTERNAL for a name that GRUB could not read back, a NUL in a value, or variables
 * that do not fit the first sector
 */
export function serialiseGrubEnvironment(
  variables: GrubVariables,
  bytes = GRUB_ENVIRONMENT_BYTES,
): Uint8Array {
  const lines = [...variables].map(([name, value]) => serialiseLine(name, value));
  const content = Buffer.from(SIGNATURE + lines.join(''));
  if (content.length > ATOMIC_BYTES) {
    const room = `${content.length} bytes, more than the ${ATOMIC_BYTES} of its first sector`;
    throw new KubeosError('INTERNAL', `the GRUB environment block would need ${room}`);
  }
  const block = Buffer.alloc(bytes, '#');
  content.copy(block);
  return block;
}

function damageOf(bytes: Uint8Array): string | null {
  if (bytes.length !== GRUB_ENVIRONMENT_BYTES) {
    return `${bytes.length} bytes long, expected ${GRUB_ENVIRONMENT_BYTES}`;
  }
  const text = decodeUtf8(bytes);
  if (text === undefined || text.includes('\0')) return 'holds bytes that are not text';
  if (!text.startsWith(SIGNATURE)) return `does not begin with "${SIGNATURE.trimEnd()}"`;
  const lines = text.slice(SIGNATURE.length).match(LINES) ?? [];
  const damage = lines.map(damageOfLine).find((reason) => reason !== null);
  if (damage !== undefined) return damage;
  return canGrubSave(bytes) ? null : 'has something behind its padding';
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function damageOfLine(line: string): string | null {
  if (line === '' || line.startsWith('#')) return null;
  const equals = line.indexOf('=');
  if (equals < 1) return `${JSON.stringify(line)} is not a line name=value`;
  return line.endsWith('\n') ? null : `${line.slice(0, equals)} has no end of line`;
}

/** A line goes on over an escaped line feed; the last one may lack its end. */
const LINES = /(?:\\[^]|[^\\\n])*(?:\n|\\?$)/g;

function serialiseLine(name: string, value: string): string {
  if (!NAME.test(name) || value.includes('\0')) {
    throw new KubeosError('INTERNAL', `GRUB cannot hold the variable ${JSON.stringify(name)}`);
  }
  return `${name}=${value.replaceAll(/[\\\n]/g, '\\$&')}\n`;
}
