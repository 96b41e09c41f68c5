import { KubeosError } from '../../errors.ts';
import type { Command, Commands } from '../../host/commands.ts';

interface VersionQuestion {
  readonly args: readonly string[];
  /** Where it ends otherwise than with 0. */
  readonly successCodes?: readonly number[];
}

const LONG: VersionQuestion = { args: ['--version'] };
const E2FSPROGS: VersionQuestion = { args: ['-V'] };

/** How each tool that shapes an image is asked for its version. */
const QUESTIONS = {
  'apt-get': LONG,
  debugfs: E2FSPROGS,
  depmod: LONG,
  dnf: LONG,
  'dpkg-deb': LONG,
  'grub-mkimage': LONG,
  mcopy: LONG,
  mke2fs: E2FSPROGS,
  // Before 1.8 it prints its version and then complains.
  'mkfs.erofs': { args: ['-V'], successCodes: [0, 1] },
  // It says its version only when it starts to work.
  'mkfs.vfat': { args: ['/dev/null/none'], successCodes: [1] },
  mksquashfs: { args: ['-version'] },
  mmdebstrap: LONG,
  'qemu-img': LONG,
  rpm: LONG,
  sgdisk: LONG,
  systemctl: LONG,
  tar: LONG,
  veritysetup: LONG,
  xz: LONG,
  zstd: LONG,
} as const satisfies Record<string, VersionQuestion>;

export type VersionedTool = keyof typeof QUESTIONS;
export type ToolVersions = Readonly<Record<string, string>>;

export const VERSIONED_TOOLS: readonly VersionedTool[] = [
  ...([
    'apt-get',
    'debugfs',
    'depmod',
    'dnf',
    'dpkg-deb',
    'grub-mkimage',
    'mcopy',
    'mke2fs',
  ] as const),
  ...(['mkfs.erofs', 'mkfs.vfat', 'mksquashfs', 'mmdebstrap', 'qemu-img'] as const),
  ...(['rpm', 'sgdisk', 'systemctl', 'tar', 'veritysetup', 'xz', 'zstd'] as const),
];

/**
 * The versions of tools on this host, each as the tool prints it.
 * @throws KubeosError HOST_NOT_READY for a tool that is missing, COMMAND_FAILED for one that names no version
 */
export async function toolVersions(
  tools: readonly VersionedTool[],
  commands: Commands,
): Promise<ToolVersions> {
  const asked = tools
    .toSorted()
    .map(async (tool): Promise<[string, string]> => [tool, await askVersion(tool, commands)]);
  return Object.fromEntries(await Promise.all(asked));
}

async function askVersion(tool: VersionedTool, commands: Commands): Promise<string> {
  const result = await commands.run(versionCommand(tool));
  const version = parseToolVersion(result.stdout) ?? parseToolVersion(result.stderr);
  if (version !== undefined) return version;
  throw new KubeosError('COMMAND_FAILED', `${tool} does not say its version: ${result.stdout}`);
}

export function versionCommand(tool: VersionedTool): Command {
  return { tool, ...QUESTIONS[tool], isQuiet: true };
}

/** The first word of the first lines that is a version: `1.47.0`, `2.06-13+deb12u2`, `252`. */
export function parseToolVersion(output: string): string | undefined {
  const words = output
    .split('\n', 3)
    .join(' ')
    .split(/[\s,()]+/);
  const version = words.find((word) => /^v?\d+(?:\.\d|$)/.test(word));
  return version?.replace(/^v/, '').replace(/\.$/, '');
}
