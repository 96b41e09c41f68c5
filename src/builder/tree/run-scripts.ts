import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command, Commands } from '../../host/commands.ts';
import type { Arch } from '../../disk/layout.ts';
import { withProgramsOf } from '../../host/foreign-programs.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import type { ImageDefinition } from '../definition/schema.ts';
import type { BuildPlan } from '../build/build-plan.ts';

/** Texts of the definition's scripts, in the order written. */
export async function loadScripts(
  definition: ImageDefinition,
  directory: string,
): Promise<string[]> {
  return await Promise.all(
    definition.scripts.map(
      async ({ run, source = '' }) =>
        run ?? (await readFile(path.resolve(directory, source), 'utf8')),
    ),
  );
}

/** Runs the definition's scripts in the root file system, in the order written. */
export async function runScripts(plan: BuildPlan, commands: Commands): Promise<void> {
  const scripts = await loadScripts(plan.definition, plan.directory);
  for (const [index, text] of scripts.entries()) {
    const file = path.join(plan.workDirectory, `script-${index}`);
    await writeFile(file, text, { mode: 0o755 });
    const { arch } = plan.definition;
    await commands.run(scriptCommand({ tree: plan.files.tree, arch, file, epoch: plan.epoch }));
  }
}

export interface ScriptRun {
  readonly tree: string;
  readonly arch: Arch;
  /** The script on the host; the image never holds it. */
  readonly file: string;
  /** Seconds; SOURCE_DATE_EPOCH for the script. */
  readonly epoch: number;
}

const INSIDE = '/run/kubeos-script';

/** Root of the tree and of nothing else: bubblewrap gives it /dev, /proc and /tmp of its own, and no network, so that the result depends on the definition alone. */
export function scriptCommand({ tree, arch, file, epoch }: ScriptRun): Command {
  const args = [
    ...['--bind', tree, '/', '--dev', '/dev', '--proc', '/proc'],
    ...['--tmpfs', '/tmp', '--tmpfs', '/run', '--ro-bind', file, INSIDE],
    ...['--unshare-net', '--unshare-ipc', '--unshare-uts', '--hostname', 'build'],
    ...['--die-with-parent', '--clearenv', '--chdir', '/', '--cap-add', 'ALL'],
    ...environmentOf(epoch).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--', INSIDE],
  ];
  return inNamespace(withProgramsOf(arch, { tool: 'bwrap', args }));
}

function environmentOf(epoch: number): readonly (readonly [name: string, value: string])[] {
  return [
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOME', '/root'],
    ['LC_ALL', 'C.UTF-8'],
    ['TZ', 'UTC'],
    ['SOURCE_DATE_EPOCH', String(epoch)],
  ];
}
