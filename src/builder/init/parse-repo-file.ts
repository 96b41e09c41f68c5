/** One repository of a yum `.repo` file (dnf.conf(5), "[repo] options"). */
export interface RepoFileEntry {
  readonly id: string;
  readonly baseUrl: string | undefined;
  readonly gpgKey: string | undefined;
  readonly isEnabled: boolean;
  readonly checksSignatures: boolean;
}

/** Values that begin on the next line, indented, are joined; only the first address of several is kept. */
export function parseRepoFile(text: string): RepoFileEntry[] {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.replaceAll(/\r?\n[ \t]+(?=\S)/g, ' ').split(/\r?\n/)) {
    const id = /^\[([^\]]+)\]/.exec(line)?.[1];
    const [, key, value] = /^([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (id !== undefined) {
      section = new Map();
      sections.set(id, section);
    } else if (key !== undefined) {
      section?.set(key.toLowerCase(), value ?? '');
    }
  }
  return [...sections].filter(([id]) => id !== 'main').map(([id, keys]) => entryOf(id, keys));
}

function entryOf(id: string, keys: ReadonlyMap<string, string>): RepoFileEntry {
  return {
    id,
    baseUrl: firstOf(keys.get('baseurl')),
    gpgKey: firstOf(keys.get('gpgkey')),
    isEnabled: isOn(keys.get('enabled'), true),
    checksSignatures: isOn(keys.get('gpgcheck'), false),
  };
}

function firstOf(value: string | undefined): string | undefined {
  const [first] = (value ?? '').split(/[\s,]+/).filter((word) => word !== '');
  return first;
}

function isOn(value: string | undefined, otherwise: boolean): boolean {
  return value === undefined ? otherwise : /^(?:1|true|yes|on)$/i.test(value);
}
