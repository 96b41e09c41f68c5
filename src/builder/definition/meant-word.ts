import { closestWord } from './closest-word.ts';

/** Other names of what a definition calls differently. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['x64', 'amd64'],
  ['aarch64', 'arm64'],
  ['efi', 'uefi'],
  ['legacy', 'bios'],
  ['deb', 'apt'],
  ['debian', 'apt'],
  ['ubuntu', 'apt'],
  ['rpm', 'dnf'],
  ['yum', 'dnf'],
  ['docker', 'oci'],
  ['container', 'oci'],
  ['tarball', 'tar'],
  ['folder', 'directory'],
  ['img', 'raw'],
  ['vpc', 'vhd'],
]);

/** The word of a list that was meant, by another name or by a slip of the finger. */
export function meantWord(written: string, words: readonly string[]): string | undefined {
  const synonym = SYNONYMS.get(written.toLowerCase());
  if (synonym !== undefined && words.includes(synonym)) return synonym;
  return closestWord(written, words);
}
