import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadHostMirrors } from '../../builder/bases/host-mirror.ts';
import { fetchLockedPackages } from '../../builder/lock/fetch-locked-packages.ts';
import { resolveApt } from '../../builder/lock/resolve-apt.ts';
import type { Arch } from '../../disk/layout.ts';
import { CACHE_FOLDER } from '../../host/cache-folder.ts';
import type { Commands } from '../../host/commands.ts';
import { openScratch } from '../../host/open-scratch.ts';

const SUITE = 'trixie';
/** What Node is linked with. No shell, no package manager, nothing else that runs. */
const PACKAGES = ['libc6', 'libgcc-s1', 'libstdc++6', 'libatomic1'];
const KEPT = /^usr\/lib\/[^/]+-linux-gnu\/[^/]+\.so[.\d]*$/;

export interface SystemRequest {
  readonly arch: Arch;
  readonly commands: Commands;
  readonly signal: AbortSignal;
}

/** Debian's libraries, from its signed archive as an image build takes them, and who is who. */
export async function writeSystemFiles(folder: string, request: SystemRequest): Promise<void> {
  await using work = await openScratch(tmpdir());
  const unpacked = path.join(work.path, 'unpacked');
  for (const archive of await fetchPackages(path.join(work.path, 'apt'), request)) {
    await request.commands.run({ tool: 'dpkg-deb', args: ['--extract', archive, unpacked] });
  }
  await copyLibraries(unpacked, folder);
  // As Debian's base-files has them; the loader's path in every program begins with /lib64 (System V ABI).
  for (const name of ['lib', 'lib64']) await symlink(`usr/${name}`, path.join(folder, name));
  await mkdir(path.join(folder, 'etc'));
  await writeFile(path.join(folder, 'etc/passwd'), 'kubeos:x:65532:65532:kubeos:/:/nonexistent\n');
  await writeFile(path.join(folder, 'etc/group'), 'kubeos:x:65532:\n');
}

async function fetchPackages(
  directory: string,
  { arch, commands, signal }: SystemRequest,
): Promise<readonly string[]> {
  await mkdir(directory);
  const sources = await loadHostMirrors(SUITE);
  const asked = { directory, arch, suite: SUITE, sources, packages: PACKAGES };
  const { packages, ...base } = await resolveApt(asked, commands);
  const only = packages.filter(({ name }) => PACKAGES.includes(name));
  const cacheDirectory = path.join(CACHE_FOLDER, 'packages');
  const fetched = await fetchLockedPackages({
    ...{ base: { ...base, packages: only }, cacheDirectory, signal },
  });
  return fetched.map((one) => one.path);
}

/** The loader is one of them, and has a name of its own in lib64. */
async function copyLibraries(from: string, to: string): Promise<void> {
  const names = await readdir(from, { recursive: true });
  for (const name of names.filter((one) => KEPT.test(one) || one.startsWith('usr/lib64/'))) {
    await cp(path.join(from, name), path.join(to, name), {
      ...{ recursive: true, verbatimSymlinks: true },
    });
  }
  await rm(path.join(to, 'usr/share'), { recursive: true, force: true });
}
