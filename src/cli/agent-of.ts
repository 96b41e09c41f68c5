import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ImageDefinition } from '../builder/definition/schema.ts';
import { assertHostReady, observeHost } from '../builder/host-check/check-host.ts';
import { requirementsOf, STRIP } from '../builder/host-check/required-tools.ts';
import { prepareOwnAgent } from '../builder/own-agent/prepare-own-agent.ts';
import type { NamedDigest } from '../builder/provenance/provenance.ts';
import { KubeosError } from '../errors.ts';
import type { Commands } from '../host/commands.ts';
import { isForeign } from '../host/foreign-programs.ts';

export interface AgentRequest {
  /** As `--agent` has it; undefined: it depends on the definition. */
  readonly asked: string | undefined;
  readonly definition: ImageDefinition;
  readonly cacheDirectory: string;
  /** Nothing is made. */
  readonly isDryRun: boolean;
  readonly commands: Commands;
}

export interface ChosenAgent {
  /** null: none. */
  readonly file: string | null;
  /** What goes into the build by it. */
  readonly inputs: readonly NamedDigest[];
}

/** Which program an image gets as /usr/bin/kubeos-agent; it is there afterwards, but for a dry run. */
export async function agentOf(request: AgentRequest): Promise<ChosenAgent> {
  const { definition, isDryRun } = request;
  // Nobody but the agent reads a repository.
  const { asked = definition.repository === undefined ? 'none' : 'own' } = request;
  if (asked === 'none') return { file: null, inputs: [] };
  if (asked !== 'own') return { file: path.resolve(asked), inputs: [await inputOf(asked, asked)] };
  const file = await ownAgent(request);
  return { file, inputs: isDryRun ? [] : [await inputOf(file, 'own')] };
}

async function ownAgent(request: AgentRequest): Promise<string> {
  const { definition, cacheDirectory, commands, isDryRun } = request;
  const { arch } = definition;
  if (isForeign(arch)) {
    const message = `the image is for ${arch}, and an agent is made only for machines like this one: it holds the Node that runs here`;
    throw new KubeosError('USAGE', message, {
      hint: `name one with --agent FILE, made on such a machine or in a clone of kubeos (node tools/build-agent.ts FILE --arch ${arch}); --agent none leaves it out`,
    });
  }
  return await prepareOwnAgent({
    ...{ cacheDirectory: path.resolve(cacheDirectory), commands },
    mayMake: async () => {
      if (isDryRun) return false;
      const requirements = requirementsOf(definition);
      const tools = [...requirements.tools, STRIP];
      const all = { requirements: { ...requirements, tools }, spaces: [], commands };
      // With all else that the build asks for right afterwards: whoever has to install something does it once.
      assertHostReady(await observeHost(all));
      return true;
    },
  });
}

/** Read at once: a name that is wrong is told before anything is built. */
async function inputOf(file: string, asked: string): Promise<NamedDigest> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    const hint =
      'name the program that is to be /usr/bin/kubeos-agent of the image; "own" makes one, "none" leaves it out';
    throw new KubeosError('USAGE', `--agent ${asked} cannot be read`, { cause, hint });
  });
  return { name: 'kubeos-agent', sha256: createHash('sha256').update(bytes).digest('hex') };
}
