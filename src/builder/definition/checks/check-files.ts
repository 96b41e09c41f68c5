import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import { findDuplicates } from '../find-duplicates.ts';
import { holderOf, isWithin } from '../image-paths.ts';
import { LEFT_TO_OTHERS, writtenByKubeos } from '../written-by-kubeos.ts';

/** Mounted over while the node runs: what the image holds there is never seen. */
const MOUNTED_OVER = ['/proc', '/sys', '/dev', '/run', '/tmp'];

/** Files that would not be seen, or that two parts of the definition write. */
export function checkFiles(definition: CheckableDefinition): DefinitionFault[] {
  const { files } = definition;
  return [
    ...files.flatMap((file, index) => placeFaults(file.path, index)),
    ...findDuplicates(files, (file) => file.path).map(({ value, index, first }) => ({
      path: ['files', index, 'path'],
      message: `${quoted(value.path)} is written twice`,
      other: { path: ['files', first, 'path'], what: 'first at' },
      suggestion: 'remove one of the two',
    })),
    ...files.flatMap((file, index) => nestingFaults(files, file.path, index)),
    ...files.flatMap((file, index) => ownedFaults(definition, file.path, index)),
  ];
}

function placeFaults(path: string, index: number): DefinitionFault[] {
  const holder = holderOf(path, MOUNTED_OVER);
  if (holder === undefined) return [];
  return [
    {
      path: ['files', index, 'path'],
      message: `${quoted(path)} is never seen on a node, where something else is mounted on ${holder}`,
      expected: 'a path that the image keeps, for example below /etc or /usr',
      suggestion: `what a boot needs in ${holder} is made by a unit or by a file in /usr/lib/tmpfiles.d`,
    },
  ];
}

function nestingFaults(
  files: CheckableDefinition['files'],
  path: string,
  index: number,
): DefinitionFault[] {
  const parent = files.findIndex(
    (other) =>
      other.path !== path &&
      isWithin(path, other.path) &&
      (other.content !== undefined || other.link !== undefined),
  );
  const holder = files[parent];
  if (holder === undefined) return [];
  const kind = holder.link === undefined ? 'a file' : 'a link';
  return [
    {
      path: ['files', index, 'path'],
      message: `${quoted(path)} lies below ${quoted(holder.path)}, which is ${kind}`,
      other: { path: ['files', parent, 'path'], what: 'written at' },
      suggestion: `make ${holder.path} a directory, or choose another path`,
    },
  ];
}

function ownedFaults(
  definition: CheckableDefinition,
  path: string,
  index: number,
): DefinitionFault[] {
  const owned = writtenByKubeos(definition).find((entry) => isWithin(path, entry.path));
  const isLeft = LEFT_TO_OTHERS.some((place) => isWithin(path, place));
  if (owned === undefined || isLeft) return [];
  return [
    {
      path: ['files', index, 'path'],
      message: `${quoted(path)} is written by kubeos itself`,
      suggestion: owned.instead,
    },
  ];
}
