import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command, Commands } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import type { BuildPlan } from '../build/build-plan.ts';

/** Runs the definition's scripts in the root file system, in the order written. */
export async function runScripts(plan: BuildPlan, commands: Commands): Promise<void> {
  for (const [index, script] of plan.definition.scripts.entries()) {
    const file = path.join(plan.workDirectory, `script-${index}`);
    const text =
      script.run ?? (await readFile(path.resolve(plan.directory, script.source ?? ''), 'utf8'));
    await writeFile(file, text, { mode: 0o755 });
    await commands.run(scriptCommand({ tree: plan.files.tree, file, epoch: plan.epoch }));
  }
}

export interface ScriptRun {
  readonly tree: string;
  /** The script on the host; the image never holds it. */
  readonly file: string;
  /** Seconds; SOURCE_DATE_EPOCH for the script. */
  readonly epoch: number;
}

const INSIDE = '/run/kubeos-script';

/** Root of the tree and of nothing else: bubblewrap gives it /dev, /proc and /tmp of its own, and no network, so that the result depends on the definition alone. */
export function scriptCommand({ tree, file, epoch }: ScriptRun): Command {
  const environment = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: String(epoch),
  };
  return inNamespace({
    tool: 'bwrap',
    args: [
      ...[
        '--bind',
        tree,
        '/',
        '--dev',
        '/dev',
        '--proc',
        '/proc',
        '--tmpfs',
        '/tmp',
        '--tmpfs',
        '/run',
      ],
      ...[
        '--ro-bind',
        file,
        INSIDE,
        '--unshare-net',
        '--unshare-ipc',
        '--unshare-uts',
        '--hostname',
        'build',
      ],
      ...['--die-with-parent', '--clearenv', '--chdir', '/', '--cap-add', 'ALL'],
      ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
      ...['--', INSIDE],
    ],
  });
}
