import { KubeosError } from '../../errors.ts';
import { resolveInTree } from './resolve-in-tree.ts';

/** Where a program comes from, to say which package to add when it is missing. */
interface ProgramSource {
  readonly debian: string;
  readonly rpm: string;
  readonly programs: readonly string[];
}

/**
 * Every program that templates/initramfs/ calls, taken from the target's own packages. All but
 * veritysetup belong to what any Debian or openEuler system has.
 */
const SOURCES: readonly ProgramSource[] = [
  { debian: 'dash', rpm: 'bash', programs: ['sh'] },
  {
    debian: 'coreutils',
    rpm: 'coreutils',
    programs: [
      ...['cat', 'chmod', 'chown', 'cp', 'dd', 'head', 'mkdir', 'mv', 'od', 'rm'],
      ...['sleep', 'stat', 'sync', 'tail'],
    ],
  },
  { debian: 'diffutils', rpm: 'diffutils', programs: ['cmp'] },
  { debian: 'gzip', rpm: 'gzip', programs: ['gzip'] },
  { debian: 'mount', rpm: 'util-linux', programs: ['losetup', 'mount', 'umount'] },
  { debian: 'util-linux', rpm: 'util-linux', programs: ['blkid', 'blockdev', 'partx'] },
  // Debian moved it after release 13 (util-linux 2.42).
  {
    debian: 'util-linux (util-linux-extra after Debian 13)',
    rpm: 'util-linux',
    programs: ['switch_root'],
  },
  { debian: 'kmod', rpm: 'kmod', programs: ['modprobe'] },
  { debian: 'e2fsprogs', rpm: 'e2fsprogs', programs: ['e2fsck', 'resize2fs'] },
];

const VERITY_SOURCE: ProgramSource = {
  debian: 'cryptsetup-bin',
  rpm: 'veritysetup',
  programs: ['veritysetup'],
};

const DIRECTORIES = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'] as const;

/**
 * Finds the initramfs's programs in a root file system.
 *
 * @returns absolute paths inside the tree, by name
 * @throws KubeosError BUILD_CHECK_FAILED listing each missing program with its package
 */
export async function initramfsPrograms(
  tree: string,
  needs: { readonly verity: boolean },
): Promise<ReadonlyMap<string, string>> {
  const sources = needs.verity ? [...SOURCES, VERITY_SOURCE] : SOURCES;
  const found = new Map<string, string>();
  const missing: string[] = [];
  for (const source of sources) {
    for (const program of source.programs) {
      const path = await findProgram(tree, program);
      if (path === undefined) missing.push(missingLine(program, source));
      else found.set(program, path);
    }
  }
  if (missing.length > 0) {
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `the root file system lacks programs that the initramfs needs:\n${missing.join('\n')}`,
      { hint: 'add these packages to `packages` in the definition, or to the base image' },
    );
  }
  return found;
}

async function findProgram(tree: string, program: string): Promise<string | undefined> {
  for (const directory of DIRECTORIES) {
    const resolved = await resolveInTree(tree, `${directory}/${program}`);
    if (resolved?.kind === 'file') return `${directory}/${program}`;
  }
  return undefined;
}

function missingLine(program: string, { debian, rpm }: ProgramSource): string {
  const packages = debian === rpm ? `package ${debian}` : `package ${debian} (RPM: ${rpm})`;
  return `  ${program}: ${packages}`;
}
