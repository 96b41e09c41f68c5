import { KubeosError } from '../../errors.ts';
import type { InstalledPackage } from './installed-package.ts';

const TAGS = ['NAME', 'EPOCHNUM', 'VERSION', 'RELEASE', 'ARCH', 'SOURCERPM', 'LICENSE'];

/** One line per package, its fields separated by tabs; rpm(8), query format. */
export const RPM_QUERY_FORMAT = `${TAGS.map((tag) => `%{${tag}}`).join('\\t')}\\n`;

/** Reads what `rpm --query --all` prints with RPM_QUERY_FORMAT; keys that rpm imported are no packages. */
export function parseRpmQuery(output: string): readonly InstalledPackage[] {
  return output
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('gpg-pubkey\t'))
    .map(parseLine);
}

function parseLine(line: string): InstalledPackage {
  const fields = line.split('\t');
  const [name, epoch, upstream, release, arch, sourceFile, license] = fields;
  if (name === undefined || arch === undefined || fields.length !== TAGS.length) {
    throw new KubeosError('COMMAND_FAILED', `rpm printed a line of another form: ${line}`);
  }
  const build = `${String(upstream)}-${String(release)}`;
  return {
    type: 'rpm',
    name,
    version: epoch === '0' ? build : `${String(epoch)}:${build}`,
    arch,
    source: parseSourceName(String(sourceFile)) ?? { name, version: build },
    licenses: license === undefined || license === '(none)' ? [] : [license],
  };
}

/** `name-version-release.src.rpm`, where only the name may hold a hyphen. */
function parseSourceName(file: string): InstalledPackage['source'] | undefined {
  const [, name, version] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file) ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
}
