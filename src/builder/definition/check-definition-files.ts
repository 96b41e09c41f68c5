import path from 'node:path';
import type { DefinitionFault } from './definition-fault.ts';
import { quoted } from './describe-value.ts';
import type { HostFiles } from './host-files.ts';
import { hostPathsIn } from './host-paths.ts';
import { nodeAt, type MapNode, type PropertyPath } from './located-node.ts';

/**
 * Files of the build host that a definition names and that are not there. `directory` is what relative
 * paths are relative to.
 */
export async function checkDefinitionFiles(
  node: MapNode,
  directory: string,
  files: HostFiles,
): Promise<DefinitionFault[]> {
  const faults = await Promise.all(
    hostPathsIn(node).map(async (named) => {
      const place = path.isAbsolute(named.value) ? named.value : path.join(directory, named.value);
      const found = await files.kindOf(place);
      return found === undefined
        ? missing(named, place)
        : wrongKind(named, found, expectedKind(node, named.path));
    }),
  );
  return faults.filter((fault) => fault !== undefined);
}

interface NamedPath {
  readonly path: PropertyPath;
  readonly value: string;
}

function missing(named: NamedPath, place: string): DefinitionFault {
  return {
    ...{ path: named.path, message: `${quoted(named.value)} does not exist on this machine` },
    suggestion: `looked for ${place}; paths are relative to the file that they are written in`,
  };
}

function wrongKind(named: NamedPath, found: string, expected: string): DefinitionFault | undefined {
  if (expected === 'any' || expected === found) return undefined;
  const message = `${quoted(named.value)} is ${found === 'other' ? 'neither a file nor a directory' : `a ${found}`}`;
  return { path: named.path, message, expected: `a ${expected}` };
}

/** Files to copy and OCI bases may be either. */
function expectedKind(node: MapNode, at: PropertyPath): 'file' | 'directory' | 'any' {
  if (at[0] === 'files' || at[1] === 'image') return 'any';
  const type = nodeAt(node, ['base', 'type']);
  const isTree = at[1] === 'path' && type?.kind === 'scalar' && type.value === 'directory';
  return isTree ? 'directory' : 'file';
}
