import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { compareText } from '../inventory/compare-text.ts';
import { parseStanzas } from '../inventory/parse-stanzas.ts';
import type { Stanza } from '../inventory/parse-stanzas.ts';
import type { AptSource } from '../definition/base-schema.ts';

export interface SourcesFile {
  readonly path: string;
  readonly text: string;
}

interface Entry {
  readonly uri: string;
  readonly suite: string;
  readonly keyring: string | undefined;
}

/** Names by which sources lists call Debian's releases; others (Ubuntu, vendors) are not Debian's mirror. */
const DEBIAN_SUITES = new Set(
  'oldoldstable oldstable stable testing unstable sid bullseye bookworm trixie forky duke'.split(
    ' ',
  ),
);
const POCKET = /(?:-updates|-security|-backports|-proposed-updates|\/updates)$/;
const SECURITY = /(?:-security|\/updates)$/;
/** These have neither updates nor security suites beside them. */
const ROLLING = new Set(['sid', 'unstable', 'experimental']);
const APT = '/etc/apt';

/**
 * The sources of a suite on the Debian mirrors that this host is configured for: the suite and its updates
 * from the main mirror, its security updates from the security mirror. Empty when the host names no Debian
 * mirror. `files` are apt's sources in both formats, and the lists that `mirror+file:` addresses name.
 */
export function hostMirrors(files: readonly SourcesFile[], suite: string): readonly AptSource[] {
  const entries = files.flatMap(readEntries).flatMap((entry) => withMirrorList(entry, files));
  const debian = entries.filter(
    (entry) => isDebian(entry.suite, suite) && /^https?:\/\/[^\s/]+/.test(entry.uri),
  );
  const main = debian.find((entry) => !SECURITY.test(entry.suite));
  if (main === undefined) return [];
  const security = debian.find((entry) => SECURITY.test(entry.suite));
  if (ROLLING.has(suite)) return [sourceFrom(main, [suite])];
  return [
    sourceFrom(main, [suite, `${suite}-updates`]),
    ...(security === undefined ? [] : [sourceFrom(security, [`${suite}-security`])]),
  ];
}

/** @throws KubeosError HOST_NOT_READY when no Debian mirror is configured */
export async function loadHostMirrors(suite: string): Promise<readonly AptSource[]> {
  const sources = hostMirrors(await loadSourcesFiles(APT), suite);
  if (sources.length > 0) return sources;
  throw new KubeosError('HOST_NOT_READY', `${APT} names no Debian mirror`, {
    hint: 'name one under base.sources in the image definition',
  });
}

function readEntries(file: SourcesFile): readonly Entry[] {
  if (file.path.endsWith('.sources')) return parseStanzas(file.text).flatMap(stanzaEntries);
  if (file.path.startsWith(`${APT}/mirrors/`)) return [];
  return file.text.split('\n').flatMap(lineEntry);
}

/** deb822 style, sources.list(5). */
function stanzaEntries(stanza: Stanza): readonly Entry[] {
  const words = (name: string): readonly string[] =>
    (stanza.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
  if (/^(?:no|false|without|off|disable)$/i.test(stanza.get('Enabled') ?? 'yes')) return [];
  if (!words('Types').includes('deb')) return [];
  const keyring = onlyPath(words('Signed-By'));
  return words('URIs').flatMap((uri) => words('Suites').map((suite) => ({ uri, suite, keyring })));
}

/** One-line style: `deb [ option=value … ] uri suite [component …]`. */
function lineEntry(line: string): readonly Entry[] {
  const parts = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/.exec(line);
  const [, options = '', uri, suite] = parts ?? [];
  if (uri === undefined || suite === undefined) return [];
  const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1] ?? '';
  return [{ uri, suite, keyring: onlyPath(signedBy.split(',')) }];
}

function onlyPath(words: readonly string[]): string | undefined {
  const [only] = words;
  return words.length === 1 && only?.startsWith('/') === true ? only : undefined;
}

/** Debian's cloud images write `mirror+file:/etc/apt/mirrors/debian.list`; apt-transport-mirror(1). */
function withMirrorList(entry: Entry, files: readonly SourcesFile[]): readonly Entry[] {
  const list = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(entry.uri)?.[1];
  if (list === undefined) return [entry];
  const text = files.find((file) => file.path === list)?.text ?? '';
  return text
    .split('\n')
    .map((line) => line.split(/[\s#]/)[0] ?? '')
    .filter((uri) => uri !== '')
    .map((uri) => ({ ...entry, uri }));
}

function isDebian(suite: string, wanted: string): boolean {
  const release = suite.replace(POCKET, '');
  return release === wanted || DEBIAN_SUITES.has(release);
}

function sourceFrom(entry: Entry, suites: readonly string[]): AptSource {
  return {
    uri: entry.uri.replace(/\/+$/, ''),
    suites: [...suites],
    components: ['main'],
    ...(entry.keyring === undefined ? {} : { keyring: entry.keyring }),
  };
}

async function loadSourcesFiles(directory: string): Promise<readonly SourcesFile[]> {
  const files = [`${directory}/sources.list`];
  for (const folder of ['sources.list.d', 'mirrors']) {
    const names = await readdir(path.join(directory, folder)).catch(() => []);
    files.push(...names.toSorted(compareText).map((name) => path.join(directory, folder, name)));
  }
  const read = files
    .filter((file) => /\.(?:sources|list)$/.test(file))
    .map(async (file) => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return { path: file, text };
    });
  return await Promise.all(read);
}
