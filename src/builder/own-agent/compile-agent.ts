import { copyFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Commands } from '../../host/commands.ts';

/**
 * Nothing in a node's environment may change what the agent does. Without a compiler at run time its unit can forbid memory
 * that is writable and executable; hashing and decoding are native and as fast.
 */
const FLAGS = ['--jitless', '--disable-proto=delete', '--max-semi-space-size=1'];

/** https://nodejs.org/docs/latest-v26.x/api/single-executable-applications.html */
export const SEA = {
  disableExperimentalSEAWarning: true,
  execArgvExtension: 'none',
  execArgv: FLAGS,
} as const;

/** V8 seeds what it hashes by chance: without this no two compilations would be the same bytes. It is no part of the result. */
const SAME_BYTES = '--random-seed=1';

export interface AgentParts {
  readonly bundle: string;
  /** The program of Node that it becomes part of. */
  readonly node: string;
  /** Code is compiled ahead, and symbols are stripped, by programs of this machine, for this machine alone. */
  readonly isNative: boolean;
}

/**
 * Compiles the node agent to one file: the same bytes for the same parts.
 *
 * @param folder for what is needed on the way; on the file system of the output
 */
export async function compileAgent(
  { bundle, node, isNative }: AgentParts,
  { folder, output }: { readonly folder: string; readonly output: string },
  commands: Commands,
): Promise<void> {
  const at = (name: string): string => path.join(folder, name);
  await copyFile(bundle, at('agent.cjs'));
  await copyFile(node, at('node'));
  // After the bundle is in, the file cannot be stripped any more.
  if (isNative) await commands.run({ tool: 'strip', args: [at('node')] });
  // Names without a folder: they become part of the file.
  const files = { main: 'agent.cjs', executable: 'node', output: 'kubeos-agent' };
  await writeFile(at('sea.json'), JSON.stringify({ ...SEA, useCodeCache: isNative, ...files }));
  // Cached code is good for the flags that it was made with.
  const args = [...FLAGS, SAME_BYTES, '--build-sea', 'sea.json'];
  await commands.run({ tool: process.execPath, args, workingDirectory: folder });
  await rename(at('kubeos-agent'), output);
}
