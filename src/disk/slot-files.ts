import { KubeosError } from '../errors.ts';

/** Fixed sizes: an upgrade overwrites these files in place and never touches FAT metadata. */
export const SLOT_CONFIGURATION_BYTES = 4096;
export const SLOT_SUMS_BYTES = 512;
const SUM_LINE_BYTES = 256;

export interface SlotConfiguration {
  /** The digest of the release. */
  readonly release: string;
  readonly version: string;
  readonly epoch: number;
  readonly securityFloor: number;
  /** Of what it writes to /var (contract section 3); left out for 0. GRUB does not look at it. */
  readonly dataEpoch?: number | undefined;
  /** Paths in the file system that holds them: the root, or the area below. */
  readonly kernel: string;
  readonly initramfs: string;
  readonly kernelArguments: readonly string[];
  /** The root image: bytes and SHA-256 in lower-case hex; null where that is not said. GRUB does not look at it. */
  readonly image: { readonly size: number; readonly sha256: string } | null;
  readonly verity: { readonly rootHash: string; readonly hashOffset: number } | null;
  /**
   * An ext2 file system inside the root partition with kernel and initramfs, for a root that GRUB cannot read;
   * in sectors of 512 bytes from the start of that partition.
   */
  readonly area: { readonly firstSector: number; readonly sectors: number } | null;
  /** For the agent: nobody signed it. */
  readonly unsigned?: true | undefined;
}

/**
 * `slot-A.cfg` or `slot-B.cfg`, which templates/grub.cfg sources. `slot_release` stands last, so that it is set
 * only where everything before it was read.
 *
 * @throws KubeosError DEFINITION_INVALID for a value that GRUB's script would not take literally, or too many arguments
 */
export function slotConfiguration(slot: SlotConfiguration): Uint8Array {
  return padded(
    [
      '# Read by GRUB. Written with the release that this slot holds; do not edit.',
      setting('version', slot.version),
      setting('epoch', String(slot.epoch)),
      setting('floor', String(slot.securityFloor)),
      ...(slot.dataEpoch === undefined ? [] : [setting('data', String(slot.dataEpoch))]),
      setting('kernel', slot.kernel),
      setting('initramfs', slot.initramfs),
      setting('arguments', joinedArguments(slot.kernelArguments)),
      setting('verity', verityArgument(slot.verity)),
      setting('area', slot.area === null ? '' : `${slot.area.firstSector}+${slot.area.sectors}`),
      setting('image', slot.image === null ? '' : `${slot.image.size},${slot.image.sha256}`),
      ...(slot.unsigned === true ? [setting('unsigned', '1')] : []),
      setting('release', slot.release),
    ].join('\n'),
    SLOT_CONFIGURATION_BYTES,
  );
}

export interface SummedFile {
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * `slot-A.sum` or `slot-B.sum`, a list for GRUB's `hashsum --check`: two lines of 256 bytes, which one sector
 * holds, filled up with leading spaces, which it skips.
 *
 * @throws KubeosError DEFINITION_INVALID for a path that does not fit its line
 */
export function slotSums(files: {
  readonly kernel: SummedFile;
  readonly initramfs: SummedFile;
}): Uint8Array {
  return Buffer.from(sumLine(files.kernel) + sumLine(files.initramfs));
}

/** The configuration and sums of a slot that holds nothing: neither of them lets GRUB boot it. */
export function emptySlotFiles(): { configuration: Uint8Array; sums: Uint8Array } {
  const text = '# This slot holds no release.';
  return {
    configuration: padded(text, SLOT_CONFIGURATION_BYTES),
    sums: padded(text, SLOT_SUMS_BYTES),
  };
}

const verityArgument = (verity: SlotConfiguration['verity']): string =>
  verity === null ? '' : `kubeos.verity=${verity.rootHash},${verity.hashOffset}`;

/** GRUB takes everything between single quotes literally, but knows no way to write one. */
const LITERAL = /^[\x20-\x26\x28-\x7e]*$/;

function setting(name: string, value: string): string {
  if (LITERAL.test(value)) return `set slot_${name}='${value}'`;
  throw invalid(`slot_${name} cannot be ${JSON.stringify(value)}`, 'use printable ASCII, no quote');
}

/** GRUB splits the arguments into words, looks for files where it sees a pattern, and escapes quotes. */
const ARGUMENT = /^[!#-&(),->@-[\]-~+]+$/;

/** Whether GRUB passes it on as one word, just as it is; "--" would end the kernel's own arguments. */
export const isLiteralArgument = (argument: string): boolean =>
  ARGUMENT.test(argument) && argument !== '--';

/**
 * Linux keeps 2047 characters and drops the rest unsaid; grub.cfg adds up to 340 of its own, and up to 310 with those of the
 * node (`NODE_ARGUMENTS_LENGTH`) and of their trial.
 */
const ARGUMENTS_LENGTH = 1390;

function joinedArguments(kernelArguments: readonly string[]): string {
  const joined = kernelArguments.map(literalArgument).join(' ');
  if (joined.length <= ARGUMENTS_LENGTH) return joined;
  const lengths = `${joined.length} characters long, more than ${ARGUMENTS_LENGTH}`;
  throw invalid(`the kernel arguments are ${lengths}`, 'use fewer or shorter kernel arguments');
}

function literalArgument(argument: string): string {
  if (argument === '--') {
    const hint = 'leave it out: what a trial adds, its panic timeout too, stands behind it';
    throw invalid('"--" would end the kernel\'s own arguments', hint);
  }
  if (ARGUMENT.test(argument)) return argument;
  const hint = 'use printable ASCII without spaces, quotes, backslashes, * and ?';
  throw invalid(`GRUB cannot pass the kernel argument ${JSON.stringify(argument)}`, hint);
}

const PATH = /^\/[A-Za-z0-9._+~/-]+$/;

function sumLine({ path, sha256 }: SummedFile): string {
  const line = `${sha256}  ${path}\n`;
  if (!PATH.test(path) || line.length > SUM_LINE_BYTES) {
    throw invalid(`GRUB cannot check ${JSON.stringify(path)}`, 'use a plain path of 180 letters');
  }
  return line.padStart(SUM_LINE_BYTES);
}

function padded(text: string, bytes: number): Uint8Array {
  const content = `${text}\n`;
  if (content.length >= bytes) {
    throw invalid(
      `the slot's GRUB configuration needs ${content.length} bytes, it has ${bytes}`,
      'use shorter paths and a shorter version',
    );
  }
  return Buffer.from(`${content.padEnd(bytes - 1, '#')}\n`);
}

function invalid(message: string, hint: string): KubeosError {
  return new KubeosError('DEFINITION_INVALID', message, { hint });
}
