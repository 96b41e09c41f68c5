import { chmod, copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { z } from 'zod';
import type { Commands } from '../../src/host/commands.ts';
import { ONE_LOCALE } from '../agent-bundle.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

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

/**
 * kubeos in a few files instead of thousands: what a command does not use is not read, so that an operator needs 80 MB less
 * memory than from its sources, and starts three times as fast.
 */
export async function writeProgram(folder: string): Promise<void> {
  const home = path.join(folder, 'opt/kubeos');
  await build({
    ...{ absWorkingDir: root, entryPoints: ['bin/kubeos.ts'], outbase: '.' },
    ...{ outdir: path.join(home, 'dist'), bundle: true, splitting: true, platform: 'node' },
    ...{ format: 'esm', target: 'node26', legalComments: 'none', plugins: [ONE_LOCALE] },
    // Programs of ssh2's that it can do without.
    external: ['*.node', 'cpu-features'],
    banner: { js: REQUIRE },
  });
  // Where `#templates` and `#package` lead.
  const own = packageSchema.parse(
    JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')),
  );
  await writeFile(path.join(home, 'package.json'), JSON.stringify(own));
  await cp(path.join(root, 'templates'), path.join(home, 'templates'), { recursive: true });
  await copyFile(path.join(root, 'LICENSE'), path.join(home, 'LICENSE'));
}

/** Some of what is bundled is CommonJS, and asks for parts of Node by `require`. */
const REQUIRE =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";
