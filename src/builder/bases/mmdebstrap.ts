import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '../../host/commands.ts';
import type { Arch } from '../../disk/layout.ts';
import { withProgramsOf } from '../../host/foreign-programs.ts';
import { inNamespace } from '../../host/in-namespace.ts';

export interface MmdebstrapRequest {
  readonly suite: string;
  readonly arch: Arch;
  readonly packages: readonly string[];
  readonly output: string;
  /** Holds what `installPlaces` names. */
  readonly workDirectory: string;
  /** Whether the root file system is put together in memory. */
  readonly isInMemory: boolean;
  /** Seconds; no file is newer. */
  readonly epoch: number;
}

/** In the work directory: the list to install from, and an empty folder in which the root file system is put together. */
export function installPlaces(workDirectory: string): {
  readonly sourcesList: string;
  readonly temporary: string;
} {
  return {
    sourcesList: path.join(workDirectory, 'sources.list'),
    temporary: path.join(workDirectory, 'install'),
  };
}

/**
 * Debian's root file system as a tar. Root inside a user namespace of our own instead of mmdebstrap's
 * unshare mode, so that the kernel ends everything in it when the build is stopped.
 */
export function mmdebstrapCommand(request: MmdebstrapRequest): Command {
  const { sourcesList, temporary: directory } = installPlaces(request.workDirectory);
  const args = [
    ...['--mode=root', '--variant=essential', '--format=tar', `--architectures=${request.arch}`],
    // /sys cannot be mounted in a user namespace without a network namespace; nothing asks for it.
    '--skip=chroot/mount/sys',
    // Whether another architecture's programs run was tried before, without arch-test.
    '--skip=check/qemu',
    `--include=${request.packages.join(',')}`,
    ...['--aptopt=APT::Install-Recommends "0"', '--dpkgopt=force-unsafe-io'],
    `--extract-hook=${template('leave-out.sh')}`,
    `--customize-hook=${template('unpack-modules.sh')}`,
    ...[request.suite, request.output, sourcesList],
  ];
  const command = {
    ...(request.isInMemory
      ? { tool: 'sh', args: [template('in-memory.sh'), directory, 'mmdebstrap', ...args] }
      : { tool: 'mmdebstrap', args }),
    // INITRD=No: the distribution's own initramfs is not used, and making it would take long.
    environment: {
      SOURCE_DATE_EPOCH: String(request.epoch),
      INITRD: 'No',
      TMPDIR: directory,
    },
  };
  return inNamespace(withProgramsOf(request.arch, command));
}

function template(name: 'in-memory.sh' | 'leave-out.sh' | 'unpack-modules.sh'): string {
  return fileURLToPath(import.meta.resolve(`#templates/apt/${name}`));
}
