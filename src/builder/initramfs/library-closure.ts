import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { parseElf, type ElfFile } from './elf.ts';
import { configuredLibraryDirectories, defaultLibraryDirectories } from './library-directories.ts';
import { resolveInTree, type ResolvedPath } from './resolve-in-tree.ts';

/** Everything that a list of programs needs to start, as absolute paths inside the tree, sorted. */
export interface LibraryClosure {
  /** Real files, free of symbolic links. */
  readonly files: readonly string[];
  /** Symbolic links of the tree through which they are reached. */
  readonly links: readonly string[];
  /** Links to add: libraries in directories that only ld.so.cache would have told the loader. */
  readonly addedLinks: readonly { readonly path: string; readonly target: string }[];
}

interface Search {
  readonly tree: string;
  readonly configured: readonly string[];
  readonly files: Set<string>;
  readonly links: Set<string>;
  readonly addedLinks: Map<string, string>;
}

/**
 * The programs, their interpreters and all libraries that these need, found as ld.so(8) would find
 * them but only inside the tree: it may be for another architecture, and nothing in it is run.
 *
 * @param programs absolute paths inside the tree
 * @throws KubeosError BUILD_CHECK_FAILED naming program and library when one is missing
 */
export async function libraryClosure(
  tree: string,
  programs: readonly string[],
): Promise<LibraryClosure> {
  const search: Search = {
    tree,
    configured: await configuredLibraryDirectories(tree),
    files: new Set(),
    links: new Set(),
    addedLinks: new Map(),
  };
  for (const program of programs) {
    await addProgram(search, program);
  }
  return {
    files: [...search.files].toSorted(),
    links: [...search.links].toSorted(),
    addedLinks: [...search.addedLinks]
      .map(([link, target]) => ({ path: link, target }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

async function addProgram(search: Search, program: string): Promise<void> {
  const resolved = await resolveInTree(search.tree, program);
  if (resolved?.kind !== 'file') throw missing(program, program);
  await addFile(search, program, resolved);
}

async function addFile(search: Search, program: string, file: ResolvedPath): Promise<void> {
  for (const link of file.links) search.links.add(link);
  if (search.files.has(file.path)) return;
  search.files.add(file.path);
  const elf = parseElf(await readFile(path.join(search.tree, file.path)));
  if (elf === undefined) return;
  if (elf.interpreter !== undefined) {
    const interpreter = await resolveInTree(search.tree, elf.interpreter);
    if (interpreter?.kind !== 'file') throw missing(program, elf.interpreter);
    await addFile(search, program, interpreter);
  }
  for (const library of elf.needed) {
    await addFile(search, program, await findLibrary(search, { program, file, elf, library }));
  }
}

interface Wanted {
  readonly program: string;
  readonly file: ResolvedPath;
  readonly elf: ElfFile;
  readonly library: string;
}

async function findLibrary(search: Search, wanted: Wanted): Promise<ResolvedPath> {
  const { program, file, elf, library } = wanted;
  const origin = path.posix.dirname(file.path);
  const runPath = elf.runPath.map((directory) => directory.replace(/\$\{?ORIGIN\}?/g, origin));
  const builtIn = defaultLibraryDirectories(elf.machine);
  const found =
    (await firstIn(search, [...runPath, ...builtIn], wanted)) ??
    (await firstIn(search, search.configured, wanted));
  if (found === undefined) throw missing(program, library);
  if (!isFoundWithoutCache(found.directory, [...runPath, ...builtIn])) {
    search.addedLinks.set(`${await libraryHome(search, builtIn)}/${library}`, found.file.path);
  }
  return found.file;
}

function isFoundWithoutCache(directory: string, searched: readonly string[]): boolean {
  return searched.includes(directory);
}

async function libraryHome(search: Search, builtIn: readonly string[]): Promise<string> {
  for (const directory of builtIn) {
    const resolved = await resolveInTree(search.tree, directory);
    if (resolved?.kind === 'directory') return resolved.path;
  }
  return '/lib';
}

async function firstIn(
  search: Search,
  directories: readonly string[],
  { elf, library }: Wanted,
): Promise<{ readonly directory: string; readonly file: ResolvedPath } | undefined> {
  for (const directory of directories) {
    const file = await resolveInTree(search.tree, path.posix.join(directory, library));
    if (file?.kind !== 'file') continue;
    const candidate = parseElf(await readFile(path.join(search.tree, file.path)));
    // As the loader does, pass over a library of another architecture or word size.
    if (candidate?.machine === elf.machine && candidate.is64 === elf.is64) {
      return { directory, file };
    }
  }
  return undefined;
}

function missing(program: string, library: string): KubeosError {
  const what =
    program === library
      ? `${program} is not in the root file system`
      : `${program} needs ${library}`;
  const rest = program === library ? '' : ', which is not in the root file system';
  return new KubeosError('BUILD_CHECK_FAILED', `initramfs: ${what}${rest}`, {
    hint: 'add the package that brings it to `packages` in the definition, or to the base image',
  });
}
