import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { Commands } from '../../host/commands.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { markUsed, removeUnused } from '../../host/unused-files.ts';
import { compileAgent, SEA, type AgentParts } from './compile-agent.ts';
import { openBundles } from './open-bundles.ts';

export interface OwnAgentRequest {
  readonly cacheDirectory: string;
  readonly commands: Commands;
  /** Asked before it is made, which is seldom. @throws KubeosError where this host cannot */
  readonly mayMake: () => Promise<boolean>;
}

/**
 * The node agent of this kubeos, for machines of this host's architecture: this very Node, with the agent in it. It lies in
 * the cache by the digest of what goes in, and is made where it is not there yet.
 *
 * @returns the file, also where it may not be made
 */
export async function prepareOwnAgent(request: OwnAgentRequest): Promise<string> {
  const { commands } = request;
  await using bundles = await openBundles(['agent'], commands);
  const bundle = path.join(bundles.path, 'agent.cjs');
  const parts = { bundle, node: process.execPath, isNative: true };
  const folder = path.join(request.cacheDirectory, 'agents');
  const file = path.join(folder, `kubeos-agent-${await keyOf(parts)}`);
  if ((await markUsed(file)) || !(await request.mayMake())) return file;
  await mkdir(folder, { recursive: true });
  await using scratch = await openScratch(folder);
  const output = path.join(scratch.path, 'whole');
  try {
    await compileAgent(parts, { folder: scratch.path, output }, commands);
  } catch (error) {
    throw explained(error);
  }
  await save(output);
  await rename(output, file);
  // Each is 118 MB, and one more with each change of kubeos or of Node.
  await removeUnused(folder, (name) => name.startsWith('kubeos-agent-'));
  return file;
}

async function keyOf({ bundle, node }: AgentParts): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(SEA));
  for (const file of [bundle, node]) {
    const content = await readFile(file);
    hash.update(`\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Only what is on the disk may get its name there: whoever finds the name takes it for whole. */
async function save(file: string): Promise<void> {
  await using handle = await open(file);
  await handle.sync();
}

/** A distribution may build Node from parts that are no single program. */
function explained(error: unknown): unknown {
  if (!(error instanceof KubeosError) || error.code !== 'COMMAND_FAILED') return error;
  const message = `the node agent cannot be made of ${process.execPath}: ${error.message}`;
  return new KubeosError('COMMAND_FAILED', message, {
    cause: error,
    hint: 'run kubeos with Node as nodejs.org has it, or name an agent: --agent FILE; --agent none leaves it out',
  });
}
