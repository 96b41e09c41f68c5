import { readFile, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseModules, type RootFileSystem } from './choose-modules.ts';
import { writeCpio, type CpioEntry } from './cpio.ts';
import { initramfsPrograms } from './initramfs-programs.ts';
import { kernelModuleEntries } from './kernel-modules.ts';
import { libraryClosure } from './library-closure.ts';
import { loadModuleTables } from './module-tables.ts';
import { resolveInTree } from './resolve-in-tree.ts';

export interface InitramfsRequest {
  /** Directory of the extracted root file system, its kernel modules unpacked. */
  readonly tree: string;
  /** Name of the directory below /lib/modules. */
  readonly kernelVersion: string;
  readonly fileSystem: RootFileSystem;
  readonly verity: boolean;
  readonly limits: GuardLimits;
  /** Seconds; the time of every file. */
  readonly epoch: number;
}

/** When a machine that hangs starts again. */
export interface GuardLimits {
  /** From the start of the kernel until the agent of a trial has to run. */
  readonly readySeconds: number;
  readonly watchdog: { readonly seconds: number; readonly when: 'trial' | 'always' | 'never' };
}

/** Directories that the init script mounts on. */
const MOUNT_POINTS = ['boot', 'dev', 'proc', 'run', 'sys', 'sysroot'];
/** In a merged system these are links into /usr; the kernel and scripts use the short names. */
const TOP_LEVEL = ['/bin', '/sbin', '/lib', '/lib64'];
const MODPROBE_DIRECTORIES = ['/usr/lib/modprobe.d', '/etc/modprobe.d'];
const SCRIPTS = path.dirname(fileURLToPath(import.meta.resolve('#templates/initramfs/init')));

/**
 * The initramfs of a root file system: an uncompressed cpio archive of the init scripts, the target's
 * own programs with their libraries, and kernel modules. Nothing of the tree is run, so it may be for
 * another architecture; the same tree gives the same bytes.
 *
 * @throws KubeosError BUILD_CHECK_FAILED naming programs, libraries or modules that the tree lacks
 */
export async function buildInitramfs(request: InitramfsRequest): Promise<Uint8Array> {
  const { tree, kernelVersion, fileSystem, verity, limits, epoch } = request;
  const programs = await initramfsPrograms(tree, { verity });
  const tables = await loadModuleTables(tree, kernelVersion);
  const choice = chooseModules(tables, { fileSystem, verity });
  const entries = [
    ...MOUNT_POINTS.map((name) => directory(name)),
    console(),
    ...(await topLevelLinks(tree)),
    ...(await programEntries(tree, [...programs.values()])),
    ...(await kernelModuleEntries(tree, tables, choice)),
    ...(await modprobeSettings(tree)),
    ...(await scriptEntries()),
    file('kubeos/modules', lines(choice.loaded)),
    file('kubeos/watchdogs', lines(choice.watchdogs)),
    file('kubeos/limits', lines(limitLines(limits))),
  ];
  return writeCpio(withParents(entries), epoch);
}

/** Shell assignments, read by templates/initramfs/guard.sh. */
function limitLines({ readySeconds, watchdog: { seconds, when } }: GuardLimits): string[] {
  return [`ready_seconds=${readySeconds}`, `watchdog_seconds=${seconds}`, `watchdog_when=${when}`];
}

function lines(words: readonly string[]): Uint8Array {
  return Buffer.from(words.map((word) => `${word}\n`).join(''));
}

/** The kernel opens it for init before devtmpfs is there to mount. */
function console(): CpioEntry {
  return { kind: 'character-device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 };
}

async function topLevelLinks(tree: string): Promise<CpioEntry[]> {
  const links: string[] = [];
  for (const name of TOP_LEVEL) {
    const resolved = await resolveInTree(tree, name);
    links.push(...(resolved?.links ?? []));
  }
  return await Promise.all(links.map(async (link) => await linkEntry(tree, link)));
}

async function programEntries(tree: string, programs: readonly string[]): Promise<CpioEntry[]> {
  const closure = await libraryClosure(tree, programs);
  const files = closure.files.map(async (name) =>
    file(name.slice(1), await readFile(path.join(tree, name)), 0o755),
  );
  const links = closure.links.map(async (link) => await linkEntry(tree, link));
  const added = closure.addedLinks.map(({ path: link, target }): CpioEntry => {
    return { kind: 'link', path: link.slice(1), target };
  });
  return [...(await Promise.all([...files, ...links])), ...added];
}

/** Module options and blacklists of the image hold here too. */
async function modprobeSettings(tree: string): Promise<CpioEntry[]> {
  const entries: CpioEntry[] = [];
  for (const name of MODPROBE_DIRECTORIES) {
    const resolved = await resolveInTree(tree, name);
    if (resolved?.kind !== 'directory') continue;
    for (const child of await readdir(path.join(tree, resolved.path))) {
      const setting = await resolveInTree(tree, path.posix.join(name, child));
      if (!child.endsWith('.conf') || setting?.kind !== 'file') continue;
      const content = await readFile(path.join(tree, setting.path));
      entries.push(file(path.posix.join(name, child).slice(1), content));
    }
  }
  return entries;
}

async function scriptEntries(): Promise<CpioEntry[]> {
  const names = (await readdir(SCRIPTS)).toSorted();
  return await Promise.all(
    names.map(async (name) =>
      file(
        name === 'init' ? 'init' : `kubeos/${name}`,
        await readFile(path.join(SCRIPTS, name)),
        0o755,
      ),
    ),
  );
}

/** One entry a path, and a directory for every parent that is not a link. */
function withParents(entries: readonly CpioEntry[]): CpioEntry[] {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  for (const { path: name } of entries) {
    for (let parent = path.posix.dirname(name); parent !== '.';) {
      if (!byPath.has(parent)) byPath.set(parent, directory(parent));
      parent = path.posix.dirname(parent);
    }
  }
  return [...byPath.values()];
}

async function linkEntry(tree: string, link: string): Promise<CpioEntry> {
  const target = await readlink(path.join(tree, link));
  return { kind: 'link', path: link.slice(1), target };
}

function file(name: string, content: Uint8Array, mode = 0o644): CpioEntry {
  return { kind: 'file', path: name, mode, content };
}

function directory(name: string): CpioEntry {
  return { kind: 'directory', path: name, mode: 0o755 };
}
