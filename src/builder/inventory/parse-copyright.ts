import { parseStanzas } from './parse-stanzas.ts';
import { compareText } from './compare-text.ts';

/**
 * The license names of a Debian copyright file in the machine-readable format 1.0, sorted; none of a file in
 * free text, since guessing licenses is worse than not naming them.
 */
export function parseCopyright(text: string): readonly string[] {
  const [header, ...rest] = parseStanzas(text);
  if (!/copyright-format\/1\.0/.test(header?.get('Format') ?? '')) return [];
  const names = [header, ...rest]
    .map((stanza) => stanza?.get('License')?.split('\n')[0]?.trim() ?? '')
    .filter((name) => name !== '');
  return [...new Set(names)].toSorted(compareText);
}
