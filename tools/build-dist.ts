import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleAgent } from './agent-bundle.ts';
import { bundleKubeos } from './kubeos-bundle.ts';

// Writes the program as plain JavaScript, because Node strips no types below node_modules, and what it packs itself:
// `node tools/build-dist.ts [FOLDER]`, dist/ by default. What an earlier build left there goes first.
const root = fileURLToPath(new URL('..', import.meta.url));
const output = path.resolve(process.argv[2] ?? path.join(root, 'dist'));

rmSync(output, { recursive: true, force: true });
const args = ['--project', 'tools/tsconfig.dist.json', '--outDir', output];
const tsc = 'node_modules/.bin/tsc';
const { status, error, signal } = spawnSync(tsc, args, { cwd: root, stdio: 'inherit' });
if (error !== undefined)
  console.error(`${tsc} cannot be started: ${error.message}; npm ci puts it there`);
if (signal !== null) console.error(`${tsc} was ended by ${signal}`);
if (status !== 0) process.exit(status ?? 1);
chmodSync(path.join(output, 'bin/kubeos.js'), 0o755);
await bundleAgent(path.join(output, 'bundles/agent.cjs'));
await bundleKubeos(path.join(output, 'bundles/kubeos'));
