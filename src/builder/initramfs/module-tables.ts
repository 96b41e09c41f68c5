import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { resolveInTree } from './resolve-in-tree.ts';

/** What depmod(8) wrote about a kernel's modules. Names are in the kernel's form, with "_" for "-". */
export interface ModuleTables {
  /** Absolute directory inside the tree. */
  readonly directory: string;
  /** Path relative to `directory`, without compression suffix, by name; in file order. */
  readonly paths: ReadonlyMap<string, string>;
  /** All dependencies (transitive), as relative paths, in the order of modules.dep. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  readonly builtin: ReadonlySet<string>;
  readonly soft: readonly SoftDependency[];
  readonly aliases: readonly ModuleAlias[];
}

/** One line of modules.softdep: other modules to load before or after a module. */
export interface SoftDependency {
  readonly module: string;
  /** Names or aliases. */
  readonly others: readonly string[];
  readonly line: string;
}

export interface ModuleAlias {
  /** A pattern as in fnmatch(3). */
  readonly alias: string;
  readonly module: string;
}

/**
 * @throws KubeosError BUILD_CHECK_FAILED when the tree has no modules of that kernel
 */
export async function loadModuleTables(tree: string, kernelVersion: string): Promise<ModuleTables> {
  const resolved = await resolveInTree(tree, `/lib/modules/${kernelVersion}`);
  if (resolved?.kind !== 'directory') {
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `the root file system has no /lib/modules/${kernelVersion}, the modules of its kernel`,
      { hint: 'add the kernel package that brings modules, for example linux-image-cloud-amd64' },
    );
  }
  const directory = path.join(tree, resolved.path);
  const lines = async (name: string): Promise<string[]> =>
    await readLines(path.join(directory, name));
  const dependencyLines = (await lines('modules.dep')).map(parseDependencyLine);
  return {
    directory: resolved.path,
    paths: new Map(dependencyLines.map(({ file }) => [moduleName(file), file])),
    dependencies: new Map(dependencyLines.map(({ file, needs }) => [moduleName(file), needs])),
    builtin: new Set((await lines('modules.builtin')).map(moduleName)),
    soft: parseSoftDependencies(await lines('modules.softdep')),
    aliases: parseAliases(await lines('modules.alias')),
  };
}

/** "kernel/drivers/block/virtio-blk.ko.xz" → "virtio_blk" */
export function moduleName(file: string): string {
  return path.posix.basename(withoutCompression(file), '.ko').replaceAll('-', '_');
}

/** The builder unpacks modules, so that upgrades stay small; depmod's tables may still name the packed files. */
export function withoutCompression(file: string): string {
  return file.replace(/\.ko\.(?:xz|zst|gz)$/, '.ko');
}

function parseDependencyLine(line: string): { file: string; needs: string[] } {
  const [file = '', needs = ''] = line.split(':');
  return {
    file: withoutCompression(file),
    needs: needs.split(/\s+/).filter(Boolean).map(withoutCompression),
  };
}

/** "softdep NAME pre: A B post: C" */
function parseSoftDependencies(lines: readonly string[]): SoftDependency[] {
  return lines.flatMap((line) => {
    const [keyword, name, ...words] = line.split(/\s+/);
    if (keyword !== 'softdep' || name === undefined) return [];
    const others = words.filter((word) => word !== '' && !word.endsWith(':'));
    return [{ module: name.replaceAll('-', '_'), others, line }];
  });
}

/** "alias PATTERN MODULE"; a pattern may hold spaces */
function parseAliases(lines: readonly string[]): ModuleAlias[] {
  return lines.flatMap((line) => {
    const match = /^alias\s+(.*\S)\s+(\S+)$/.exec(line);
    const [, alias, module] = match ?? [];
    return alias === undefined || module === undefined ? [] : [{ alias, module }];
  });
}

async function readLines(file: string): Promise<string[]> {
  try {
    const text = await readFile(file, 'utf8');
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
