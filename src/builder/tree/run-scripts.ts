import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command, Commands } from '../../host/commands.ts';
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
    await writeFile(scriptFile(plan, index), text, { mode: 0o755 });
    await commands.run(scriptCommand(plan, index));
  }
}

/** The script on the host; the image never holds it. */
function scriptFile({ workDirectory }: BuildPlan, index: number): string {
  return path.join(workDirectory, `script-${index}`);
}

const INSIDE = '/run/kubeos-script';

/** Root of the tree and of nothing else: bubblewrap gives it /dev, /proc and /tmp of its own, and no network, so that the result depends on the definition alone. */
export function scriptCommand(plan: BuildPlan, index: number): Command {
  const file = scriptFile(plan, index);
  const args = [
    ...['--bind', plan.files.tree, '/', '--dev', '/dev', '--proc', '/proc'],
    ...['--tmpfs', '/tmp', '--tmpfs', '/run', '--ro-bind', file, INSIDE],
    ...['--unshare-net', '--unshare-ipc', '--unshare-uts', '--hostname', 'build'],
    ...['--die-with-parent', '--clearenv', '--chdir', '/', '--cap-add', 'ALL'],
    ...environmentOf(plan.epoch).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--', INSIDE],
  ];
  return inNamespace(withProgramsOf(plan.definition.arch, { tool: 'bwrap', args }));
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
