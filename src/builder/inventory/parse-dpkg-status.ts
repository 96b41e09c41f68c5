import { parseStanzas } from './parse-stanzas.ts';
import type { InstalledPackage } from './installed-package.ts';
import type { Stanza } from './parse-stanzas.ts';

/** States of dpkg(1) in which the files of a package are there. */
const PRESENT = new Set([
  'installed',
  'unpacked',
  'half-configured',
  'triggers-awaited',
  'triggers-pending',
]);

/** The packages of dpkg's status file, or of one file of status.d, which has no Status field. */
export function parseDpkgStatus(text: string): readonly InstalledPackage[] {
  return parseStanzas(text).flatMap(readStanza);
}

function readStanza(stanza: Stanza): readonly InstalledPackage[] {
  const name = stanza.get('Package');
  const version = stanza.get('Version');
  const state = stanza.get('Status')?.split(/\s+/)[2] ?? 'installed';
  if (name === undefined || version === undefined || !PRESENT.has(state)) return [];
  const arch = stanza.get('Architecture') ?? 'all';
  return [{ type: 'deb', name, version, arch, source: sourceOf(stanza), licenses: [] }];
}

/** `Source: name (version)`; both are left out where they are the package's own (deb-control(5)). */
function sourceOf(stanza: Stanza): InstalledPackage['source'] {
  const [, name, version] = /^(\S+)(?:\s+\(([^)\s]+)\))?$/.exec(stanza.get('Source') ?? '') ?? [];
  return {
    name: name ?? stanza.get('Package') ?? '',
    version: version ?? stanza.get('Version') ?? '',
  };
}
