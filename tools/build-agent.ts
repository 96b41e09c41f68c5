import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleAgent } from './agent-bundle.ts';
import { NODE_ARCHS, nodeProgram, run, type AgentArch } from './node-program.ts';

// Compiles the node agent to one file: `node tools/build-agent.ts [FILE] [--arch amd64|arm64]`, out/kubeos-agent for this
// machine by default. https://nodejs.org/docs/latest-v26.x/api/single-executable-applications.html
const root = fileURLToPath(new URL('..', import.meta.url));
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { arch: { type: 'string' } },
});
const output = path.resolve(positionals[0] ?? path.join(root, 'out/kubeos-agent'));
const arch = asked(values.arch);
/** Code is compiled ahead, and symbols are stripped, by programs of this machine, for this machine alone. */
const isNative = NODE_ARCHS[arch] === process.arch;

/**
 * Nothing in a node's environment may change what the agent does. Without a compiler at run time its unit can forbid memory
 * that is writable and executable; hashing and decoding are native and as fast.
 */
const FLAGS = ['--jitless', '--disable-proto=delete', '--max-semi-space-size=1'];
const SEA = {
  disableExperimentalSEAWarning: true,
  useCodeCache: isNative,
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
  copyFileSync(nodeProgram(arch, directory), executable);
  // After the bundle is in, the file cannot be stripped any more.
  if (isNative) run('strip', [executable]);
  const made = path.join(directory, 'kubeos-agent');
  const configuration = path.join(directory, 'sea.json');
  writeFileSync(configuration, JSON.stringify({ ...SEA, main: bundle, output: made, executable }));
  // Cached code is good for the flags that it was made with.
  run(process.execPath, [...FLAGS, '--build-sea', configuration]);
  renameSync(made, output);
}

function asked(name = process.arch === 'arm64' ? 'arm64' : 'amd64'): AgentArch {
  if (name === 'amd64' || name === 'arm64') return name;
  throw new Error(`--arch ${name}: amd64 or arm64`);
}
