import { KubeosError } from '../../errors.ts';

/** One package file as `apt-get --print-uris` names it. */
export interface PrintedPackage {
  readonly uri: string;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly size: number;
  readonly sha256: string;
}

/** `'URI' NAME_VERSION_ARCH.deb SIZE SHA256:HEX`, where `:` in the version is written `%3a`. */
const LINE = /^'([^']+)' ([^_\s]+)_([^_\s]+)_([^_\s]+)\.deb (\d+) SHA256:([0-9a-f]{64})$/;

/** Reads what `apt-get --print-uris install` prints with `Acquire::ForceHash=sha256`. */
export function parsePrintUris(output: string): readonly PrintedPackage[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith("'"))
    .map(parseLine);
}

function parseLine(line: string): PrintedPackage {
  const [, uri, name, version, arch, size, sha256] = LINE.exec(line) ?? [];
  if (
    uri === undefined ||
    name === undefined ||
    version === undefined ||
    arch === undefined ||
    sha256 === undefined
  ) {
    throw new KubeosError('COMMAND_FAILED', `apt-get printed a package without a SHA-256: ${line}`);
  }
  return {
    uri,
    name: decodeURIComponent(name),
    version: decodeURIComponent(version),
    arch,
    size: Number(size),
    sha256,
  };
}
