import path from 'node:path';
import type { TreeFacts } from '../definition/check-tree.ts';
import type { ImageDefinition } from '../definition/schema.ts';
import { loadModuleTables } from '../initramfs/module-tables.ts';
import { resolveInTree } from '../initramfs/resolve-in-tree.ts';
import type { SourceTree } from './definition-files.ts';
import { UNIT_DIRECTORIES, type ObservedTree } from './observe-tree.ts';

export interface FactSources {
  readonly observed: ObservedTree;
  readonly definition: ImageDefinition;
  readonly sources: SourceTree;
}

/** What a definition may refer to in the tree, for the checks of meaning. */
export async function loadTreeFacts(
  tree: string,
  { observed, definition, sources }: FactSources,
): Promise<TreeFacts> {
  const present = await presentPaths(tree, definition);
  return {
    hasPath: (path) => present.has(path),
    units: new Set([...observed.units, ...unitsIn(sources, definition.files)]),
    kernels: observed.kernels.map(({ version }) => version),
    modules: await moduleNames(tree, observed),
    users: idsIn(observed.accounts.passwd),
    groups: namesIn(observed.accounts.group),
  };
}

/** A folder of the build host may bring units as well as a single file does. */
export function unitsIn(sources: SourceTree, files: ImageDefinition['files']): readonly string[] {
  const places = files.flatMap(({ path: place, source = '' }) =>
    (sources.get(source) ?? []).map((item) => place + item.path),
  );
  const directories = UNIT_DIRECTORIES.map((directory) => `/${directory}`);
  return places
    .filter((place) => directories.includes(path.posix.dirname(place)))
    .map((place) => path.posix.basename(place));
}

/** Of the paths that the definition names: units' files and users' shells, its own files included. */
async function presentPaths(
  tree: string,
  definition: ImageDefinition,
): Promise<ReadonlySet<string>> {
  const written = definition.files.map((file) => file.path);
  const shells = definition.users.map((user) => user.shell);
  const found = await Promise.all(
    shells.map(async (shell) => ((await resolveInTree(tree, shell)) === undefined ? [] : [shell])),
  );
  return new Set([...written, ...found.flat()]);
}

async function moduleNames(tree: string, { kernels }: ObservedTree): Promise<ReadonlySet<string>> {
  const [kernel] = kernels;
  if (kernel === undefined) return new Set();
  const tables = await loadModuleTables(tree, kernel.version);
  return new Set([...tables.paths.keys(), ...tables.builtin]);
}

function idsIn(passwd: string): ReadonlyMap<string, number> {
  const rows = passwd.split('\n').map((line) => line.split(':'));
  return new Map(rows.map(([name = '', , uid = '']) => [name, Number.parseInt(uid, 10)]));
}

function namesIn(text: string): ReadonlySet<string> {
  return new Set(text.split('\n').map((line) => line.split(':', 1)[0] ?? ''));
}
