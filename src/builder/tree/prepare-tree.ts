import { glob, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Commands } from '../../host/commands.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import type { GrubImages } from '../../disk/grub-images.ts';
import { checkTree } from '../definition/check-tree.ts';
import { DefinitionError } from '../definition/definition-error.ts';
import { makeGrub } from '../grub/make-grub.ts';
import { assertAgentStarts } from './assert-agent-starts.ts';
import { loadAgentFiles } from './agent.ts';
import { applyTree } from './apply-tree.ts';
import type { SourceTree } from './definition-files.ts';
import { bootableKernel } from './kernel-image.ts';
import { loadSourceFiles } from './load-source-files.ts';
import { observeTree, type Kernel, type ObservedTree } from './observe-tree.ts';
import { findRemovals } from './plan-removals.ts';
import { planTree } from './plan-tree.ts';
import { runScripts } from './run-scripts.ts';
import { assertInside } from './stay-inside.ts';
import { loadTreeFacts } from './tree-facts.ts';
import { loadTrustFiles } from './trust.ts';
import { movePackageDatabases } from './package-database.ts';
import { moveKernel, unitCommands, unpackModules } from './tree-commands.ts';

export interface PreparedTree {
  readonly kernelVersion: string;
  /** It is in the tree, and goes on BOOT too. */
  readonly grub: GrubImages;
}

/** What is read, moved and written by its path, beside what `applyTree` looks at itself. */
const FOLLOWED = [
  ...['/etc/passwd', '/etc/shadow', '/etc/group', '/etc/gshadow', '/usr/lib/os-release'],
  ...['/usr/lib/systemd/system', '/lib/systemd/system', '/etc/systemd/system'],
  ...['/usr/lib/modules', '/boot', '/usr/bin', '/usr/lib/sysimage', '/var/lib'],
];

/** Turns a distribution's root file system, already extracted, into a read-only OS (contract section 1). */
export async function prepareTree(plan: BuildPlan, commands: Commands): Promise<PreparedTree> {
  const { tree, overlay: overlayFile, bootTree: scratch } = plan.files;
  const { definition, directory, treeEpoch: epoch } = plan;
  await runScripts(plan, commands);
  await assertInside(tree, FOLLOWED, commands);
  const observed = await observeTree(tree, commands);
  const sources = await loadSourceFiles(definition.files, directory);
  const kernel = await checkedKernel(plan, observed, sources);
  await movePackageDatabases(tree, commands);
  const { arch, firmware } = definition;
  const grub = await makeGrub({ arch, firmware, scratch, epoch, commands });
  const entries = planTree(definition, observed, {
    sources,
    trust: await loadTrustFiles(definition, directory),
    grub,
    agent: plan.agentFile === null ? null : await loadAgentFiles(plan.agentFile),
  });
  await placeKernel(plan, kernel, commands);
  const removals = await findRemovals(tree);
  await applyTree({ tree, entries, removals, overlayFile, epoch, commands });
  if (plan.agentFile !== null) await assertAgentStarts(tree);
  for (const command of unitCommands(tree, definition.units)) await commands.run(command);
  if (await hasPackedModules(tree, kernel.version)) {
    for (const command of unpackModules(tree, kernel.version)) await commands.run(command);
  }
  return { kernelVersion: kernel.version, grub };
}

/** @throws DefinitionError for everything that the definition names and the tree lacks, with its lines */
async function checkedKernel(
  plan: BuildPlan,
  observed: ObservedTree,
  sources: SourceTree,
): Promise<Kernel> {
  const { definition, files } = plan;
  const facts = await loadTreeFacts(files.tree, { observed, definition, sources });
  const faults = checkTree(definition, facts);
  const [kernel] = observed.kernels;
  if (faults.length === 0 && kernel !== undefined) return kernel;
  throw new DefinitionError(plan.locate(faults));
}

async function placeKernel(plan: BuildPlan, kernel: Kernel, commands: Commands): Promise<void> {
  const { tree, kernel: file } = plan.files;
  const original = path.join(tree, kernel.path);
  await writeFile(file, bootableKernel(await readFile(original), plan.definition.arch));
  for (const command of moveKernel({ tree, file, original })) await commands.run(command);
}

async function hasPackedModules(tree: string, version: string): Promise<boolean> {
  const packed = glob('**/*.ko.{xz,zst,gz}', { cwd: `${tree}/usr/lib/modules/${version}` });
  return (await packed[Symbol.asyncIterator]().next()).done !== true;
}
