/** One paragraph of a control file: field names as written, values with the lines of a folded field joined by newlines. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * The paragraphs of Debian's control format: dpkg's status file, apt's Packages index, deb822 sources.
 * Lines that begin with "#" are comments, as deb822(5) has them; a line that is no field is passed over.
 */
export function parseStanzas(text: string): readonly Stanza[] {
  return text
    .split(/\n(?:[ \t]*\n)+/)
    .map(parseStanza)
    .filter((stanza) => stanza.size > 0);
}

function parseStanza(text: string): Stanza {
  const stanza = new Map<string, string>();
  let current: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    if (/^[ \t]/.test(line) && current !== undefined) {
      stanza.set(current, `${stanza.get(current) ?? ''}\n${line}`);
      continue;
    }
    const field = /^([!-9;-~]+):[ \t]*(.*?)[ \t\r]*$/.exec(line);
    current = field?.[1];
    if (current !== undefined) stanza.set(current, field?.[2] ?? '');
  }
  return stanza;
}
