import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { AptSource } from '../src/builder/definition/base-schema.ts';
import type { TimedCommand } from './timed-run.ts';

/** mkosi 25 wants a newer systemd-repart than Debian 12 has, so its programs come from a tree of Debian 13. */
const SUITE = 'trixie';
const PACKAGES = [
  ...['mkosi', 'systemd-repart', 'systemd', 'udev', 'uidmap', 'kmod'],
  ...['e2fsprogs', 'dosfstools', 'mtools', 'cpio', 'zstd', 'debian-archive-keyring'],
];
const EXCLUDED = ['doc', 'man', 'locale'].map((name) => `path-exclude=/usr/share/${name}/*`);

/** Makes the tree with mmdebstrap unless it is there. `run` runs a command to its end. */
export function makeToolsTree(
  tree: string,
  sources: readonly AptSource[],
  run: (command: TimedCommand) => void,
): void {
  if (existsSync(path.join(tree, 'usr/bin/mkosi'))) return;
  const unfinished = `${tree}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  run({
    program: 'mmdebstrap',
    args: [
      ...['--mode=auto', '--variant=apt', `--include=${PACKAGES.join(',')}`],
      '--aptopt=APT::Install-Recommends "false"',
      ...EXCLUDED.map((option) => `--dpkgopt=${option}`),
      ...[SUITE, unfinished, ...sources.flatMap(sourceLines)],
    ],
  });
  renameSync(unfinished, tree);
}

function sourceLines({ uri, suites, components }: AptSource): readonly string[] {
  return suites.map((suite) => `deb ${uri} ${suite} ${components.join(' ')}`);
}
