import { chmod, copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Commands } from '../../host/commands.ts';

const root = fileURLToPath(new URL('.', import.meta.resolve('#package')));

/** Node, without the symbols that only a debugger reads. */
export async function writeNode(folder: string, commands: Commands): Promise<void> {
  const program = path.join(folder, 'usr/bin/node');
  await mkdir(path.dirname(program), { recursive: true });
  await copyFile(process.execPath, program);
  await commands.run({ tool: 'strip', args: [program] });
  await chmod(program, 0o755);
}

const packageSchema = z.object({
  ...{ name: z.string(), version: z.string(), type: z.string() },
  imports: z.record(z.string(), z.string()),
});

/** kubeos as the bundles have it, where its manifests expect it. */
export async function writeProgram(folder: string, bundles: string): Promise<void> {
  const home = path.join(folder, 'opt/kubeos');
  await cp(path.join(bundles, 'kubeos'), path.join(home, 'dist'), { recursive: true });
  // Where `#templates` and `#package` lead.
  const own = packageSchema.parse(
    JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')),
  );
  await writeFile(path.join(home, 'package.json'), JSON.stringify(own));
  await cp(path.join(root, 'templates'), path.join(home, 'templates'), { recursive: true });
  await copyFile(path.join(root, 'LICENSE'), path.join(home, 'LICENSE'));
}
