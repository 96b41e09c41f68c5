import { mkdir, mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compileAgent } from '../src/builder/own-agent/compile-agent.ts';
import { hostCommands } from '../src/host/run-commands.ts';
import { bundleAgent } from './agent-bundle.ts';
import { NODE_ARCHS, nodeProgram, type AgentArch } from './node-program.ts';

// Compiles the node agent to one file: `node tools/build-agent.ts [FILE] [--arch amd64|arm64]`, out/kubeos-agent for this
// machine by default.
const root = fileURLToPath(new URL('..', import.meta.url));
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { arch: { type: 'string' } },
});
const output = path.resolve(positionals[0] ?? path.join(root, 'out/kubeos-agent'));
const arch = asked(values.arch);

await mkdir(path.dirname(output), { recursive: true });
await using work = await mkdtempDisposable(`${output}.work-`);
const bundle = path.join(work.path, 'bundle.cjs');
await bundleAgent(bundle);
const parts = {
  ...{ bundle, node: nodeProgram(arch, work.path) },
  isNative: NODE_ARCHS[arch] === process.arch,
};
const { signal } = new AbortController();
await compileAgent(parts, { folder: work.path, output }, hostCommands({ signal }));

function asked(name = process.arch === 'arm64' ? 'arm64' : 'amd64'): AgentArch {
  if (name === 'amd64' || name === 'arm64') return name;
  throw new Error(`--arch ${name}: amd64 or arm64`);
}
