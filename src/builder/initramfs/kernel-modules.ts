import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { ModuleChoice } from './choose-modules.ts';
import type { CpioEntry } from './cpio.ts';
import { writeModuleIndex, type IndexEntry } from './module-index.ts';
import { moduleName, type ModuleTables } from './module-tables.ts';

/**
 * The chosen modules as members of an initramfs, with the indexes that modprobe reads. Dependencies
 * and aliases are those of the whole kernel's tables, cut down to the chosen files.
 *
 * @throws KubeosError BUILD_CHECK_FAILED when a module of the tables is not there as a plain .ko
 */
export async function kernelModuleEntries(
  tree: string,
  tables: ModuleTables,
  choice: ModuleChoice,
): Promise<CpioEntry[]> {
  const place = (name: string): string => path.posix.join(tables.directory, name).slice(1);
  const entries: CpioEntry[] = [];
  for (const file of choice.files) {
    const content = await readModule(path.join(tree, tables.directory, file), file);
    entries.push({ kind: 'file', path: place(file), mode: 0o644, content });
  }
  for (const [name, content] of moduleIndexes(tables, choice)) {
    entries.push({ kind: 'file', path: place(name), mode: 0o644, content });
  }
  return entries;
}

async function readModule(file: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new KubeosError('BUILD_CHECK_FAILED', `kernel module ${name} is not in the tree`, {
      cause: error,
      hint: 'modules.dep names it; compressed modules have to be unpacked first',
    });
  }
}

function moduleIndexes(
  tables: ModuleTables,
  { files }: ModuleChoice,
): readonly (readonly [string, Uint8Array])[] {
  const names = new Set(files.map(moduleName));
  const soft = tables.soft.filter(({ module }) => names.has(module));
  return [
    ['modules.dep.bin', writeModuleIndex(dependencyIndex(tables, files))],
    ['modules.alias.bin', writeModuleIndex(aliasIndex(tables, names))],
    ['modules.softdep', Buffer.from(soft.map(({ line }) => `${line}\n`).join(''))],
    // kmod stops with an error where one of these is missing.
    ['modules.symbols.bin', writeModuleIndex([])],
    ['modules.builtin.bin', writeModuleIndex(builtinIndex(tables))],
    ['modules.builtin.alias.bin', writeModuleIndex([])],
  ];
}

/** The value is the line of modules.dep itself. */
export function dependencyIndex(tables: ModuleTables, files: readonly string[]): IndexEntry[] {
  return files.map((file, priority) => {
    const key = moduleName(file);
    const needs = tables.dependencies.get(key) ?? [];
    return { key, value: [`${file}:`, ...needs].join(' '), priority };
  });
}

function aliasIndex(tables: ModuleTables, names: ReadonlySet<string>): IndexEntry[] {
  return tables.aliases
    .map(({ alias, module }) => ({ alias, module: module.replaceAll('-', '_') }))
    .filter(({ module }) => names.has(module))
    .map(({ alias, module }, priority) => ({ key: aliasKey(alias), value: module, priority }));
}

function builtinIndex(tables: ModuleTables): IndexEntry[] {
  return [...tables.builtin].map((key) => ({ key, value: '', priority: 0 }));
}

/** kmod asks with "_" for every "-" outside brackets, where "-" makes a range. */
function aliasKey(alias: string): string {
  return alias
    .split(/(\[[^\]]*\])/)
    .map((part) => (part.startsWith('[') ? part : part.replaceAll('-', '_')))
    .join('');
}
