import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';

/** As Node calls them. */
export const NODE_ARCHS = { amd64: 'x64', arm64: 'arm64' } as const;
export type AgentArch = keyof typeof NODE_ARCHS;

/** Node itself for such a machine. For another one than this it is fetched into the directory, as package-lock.json pins it. */
export function nodeProgram(arch: AgentArch, directory: string): string {
  const name = `node-linux-${NODE_ARCHS[arch]}`;
  if (NODE_ARCHS[arch] === process.arch) {
    return path.join(path.dirname(require.resolve(`${name}/package.json`)), 'bin/node');
  }
  const { version, integrity } = pinned(name);
  run('npm', ['pack', `${name}@${version}`, '--pack-destination', directory, '--silent']);
  const archive = path.join(directory, `${name}-${version}.tgz`);
  const found = `sha512-${hash('sha512', readFileSync(archive), 'base64')}`;
  if (found !== integrity)
    throw new Error(`${archive} is not what package-lock.json pins: ${found}`);
  run('tar', ['-xzf', archive, '-C', directory]);
  return path.join(directory, 'package/bin/node');
}

const require = createRequire(import.meta.url);

const lockSchema = z.object({ packages: z.record(z.string(), z.unknown()) });
const pinnedSchema = z.object({ version: z.string(), integrity: z.string() });

function pinned(name: string): z.infer<typeof pinnedSchema> {
  const file = new URL('../package-lock.json', import.meta.url);
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return pinnedSchema.parse(packages[`node_modules/${name}`]);
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed with ${status}`);
}
