import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Arch } from '../../disk/layout.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { PROGRAMS, withProgramsOf } from '../../host/foreign-programs.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import { openScratch } from '../../host/open-scratch.ts';
import type { HostFact } from './host-fact.ts';
import { installCommand, type Install } from './install-command.ts';
import { PROBE_EXIT_CODE, probeProgram } from './probe-program.ts';

/**
 * Whether this host runs programs of another architecture. Tried, not guessed: the probe is alone in its root, as
 * the image's programs are, so nothing but the kernel can find what runs it.
 */
export async function observeForeignPrograms(arch: Arch, commands: Commands): Promise<HostFact> {
  const fact = { subject: `${arch} programs`, purpose: `packages and scripts of arch ${arch}` };
  await using root = await openScratch(tmpdir());
  await writeFile(path.join(root.path, 'probe'), probeProgram(arch), { mode: 0o755 });
  try {
    await commands.run(foreignProbe(arch, root.path));
    return { ...fact, found: 'run', remedy: null };
  } catch {
    const filesystems = await readFile('/proc/filesystems', 'utf8').catch(() => '');
    const hasBinfmt = /\bbinfmt_misc$/m.test(filesystems);
    const remedy = foreignRemedy({ arch, hasBinfmt }, await installCommand());
    return { ...fact, found: 'do not run', remedy };
  }
}

export function foreignProbe(arch: Arch, root: string): Command {
  const probe = { tool: 'chroot', args: [root, '/probe'], successCodes: [PROBE_EXIT_CODE] };
  return inNamespace(withProgramsOf(arch, probe));
}

/** What to do where programs of another architecture do not run. */
export function foreignRemedy(
  { arch, hasBinfmt }: { readonly arch: Arch; readonly hasBinfmt: boolean },
  install: Install,
): string {
  const otherwise = `or build on an ${arch} host, or from a base of type oci, tar or directory without scripts, which runs nothing`;
  if (!hasBinfmt) {
    const where = 'as root: modprobe binfmt_misc, if it is a module';
    return `this host's kernel cannot: it has no binfmt_misc (${where}); ${otherwise}`;
  }
  const command = install({ deb: 'qemu-user-static binfmt-support', rpm: 'qemu-user-static' });
  return `as root: ${command} (it brings ${PROGRAMS[arch].interpreter}; before Linux 6.7 a container needs that on the machine itself); ${otherwise}`;
}
