import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AptSource } from '../src/builder/definition/base-schema.ts';
import { contentOf, type BenchDefinition, type Subject } from './subject.ts';
import type { TimedCommand } from './timed-run.ts';

export interface MkosiRequest {
  readonly directory: string;
  /** A Debian tree with mkosi and the programs that it calls. */
  readonly toolsTree: string;
  readonly definition: BenchDefinition;
  readonly sources: readonly AptSource[];
}

const FOLDERS = ['out', 'cache', 'packages', 'workspace', 'mkosi.repart'];

/**
 * mkosi with the same packages from the same mirrors, as a disk with one ext4 partition: no boot loader, no
 * initrd, no verity. Everything that mkosi can leave out, and kubeos leaves out, is left out.
 */
export function mkosiSubject(request: MkosiRequest): Subject {
  const { directory, definition } = request;
  const at = (name: string): string => path.join(directory, name);
  for (const folder of FOLDERS) mkdirSync(at(folder), { recursive: true });
  writeBelow(directory, 'mkosi.conf', configuration(request));
  writeBelow(directory, 'mkosi.repart/10-root.conf', ROOT_PARTITION);
  // mkosi's own list has a suite for debug packages, which not every mirror carries.
  const list = 'mkosi.sandbox/etc/apt/sources.list.d/mkosi.sources';
  writeBelow(directory, list, request.sources.map(sourceStanza).join('\n'));
  return {
    name: 'mkosi',
    forget() {
      for (const folder of ['out', 'cache', 'packages/lib']) {
        rmSync(at(folder), { recursive: true, force: true });
      }
      for (const folder of ['out', 'cache']) mkdirSync(at(folder));
    },
    change(round) {
      const file = path.join('mkosi.extra', definition.file.path);
      writeBelow(directory, file, contentOf(definition, round));
    },
    coldBuild: mkosi(request, '--incremental=no'),
    nextBuild: mkosi(request, '--incremental=yes'),
    disk: at('out/image.raw'),
  };
}

/** mkosi refuses to build over an image without --force. */
function mkosi({ directory, toolsTree }: MkosiRequest, incremental: string): TimedCommand {
  return {
    program: '/usr/bin/python3',
    args: ['-m', 'mkosi', '--force', incremental, 'build'],
    environment: {
      PYTHONPATH: path.join(toolsTree, 'usr/lib/python3/dist-packages'),
      PYTHONDONTWRITEBYTECODE: '1',
    },
    workingDirectory: directory,
  };
}

function configuration({ toolsTree, definition }: MkosiRequest): string {
  return `[Distribution]
Distribution=debian
Release=${definition.suite}
Architecture=x86-64

[Output]
Format=disk
Output=image
OutputDirectory=out

[Build]
ToolsTree=${toolsTree}
PackageCacheDirectory=packages
CacheDirectory=cache
WorkspaceDirectory=workspace
BuildSources=

[Content]
Bootable=no
WithDocs=no
WithRecommends=no
CleanPackageMetadata=no
RemoveFiles=/usr/share/locale
Packages=${definition.packages.join(',')}
`;
}

/** The kernel stays in the root as /usr/lib/modules/VERSION/vmlinuz; /boot would hold it a second time. */
const ROOT_PARTITION = `[Partition]
Type=root
Format=ext4
CopyFiles=/
ExcludeFiles=/boot/
Minimize=guess
`;

function sourceStanza({ uri, suites, components, keyring }: AptSource): string {
  const signedBy = keyring ?? '/usr/share/keyrings/debian-archive-keyring.gpg';
  return `Types: deb
URIs: ${uri}
Suites: ${suites.join(' ')}
Components: ${components.join(' ')}
Signed-By: ${signedBy}
`;
}

function writeBelow(directory: string, name: string, text: string): void {
  const file = path.join(directory, name);
  if (!existsSync(path.dirname(file))) mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
