import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { Commands } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import { applyTree } from './apply-tree.ts';
import { loadSourceFiles } from './load-source-files.ts';
import { observeTree, type Kernel } from './observe-tree.ts';
import { findRemovals } from './plan-removals.ts';
import { planTree } from './plan-tree.ts';
import { movePackageDatabases } from './package-database.ts';
import { unitCommands, unpackModules } from './tree-commands.ts';

export interface PreparedTree {
  readonly kernelVersion: string;
}

/** Where GRUB finds the kernel in every image; the version is known from the modules. */
export const KERNEL_PATH = '/boot/vmlinuz';

/** Turns a distribution's root file system, already extracted, into a read-only OS (contract section 1). */
export async function prepareTree(plan: BuildPlan, commands: Commands): Promise<PreparedTree> {
  const { tree, overlay: overlayFile } = plan.files;
  const observed = await observeTree(tree, commands);
  const kernel = theKernel(observed.kernels);
  await movePackageDatabases(tree, commands);
  const sources = await loadSourceFiles(plan.definition.files, plan.directory);
  const entries = planTree(plan.definition, observed, sources);
  await placeKernel(plan, kernel, commands);
  const removals = await findRemovals(tree);
  await applyTree({ tree, entries, removals, overlayFile, epoch: plan.treeEpoch, commands });
  for (const command of unitCommands(tree, plan.definition.units)) await commands.run(command);
  for (const command of unpackModules(tree, kernel.version)) await commands.run(command);
  return { kernelVersion: kernel.version };
}

function theKernel(kernels: readonly Kernel[]): Kernel {
  const [kernel, ...others] = kernels;
  if (kernel !== undefined && others.length === 0) return kernel;
  const found = kernels.map(({ version }) => version).join(', ');
  throw new KubeosError(
    'DEFINITION_INVALID',
    kernel === undefined
      ? 'the root file system holds no kernel with its modules'
      : `the root file system holds more than one kernel: ${found}`,
    { hint: 'an image boots exactly one: add a kernel package, or keep only one' },
  );
}

async function placeKernel(plan: BuildPlan, kernel: Kernel, commands: Commands): Promise<void> {
  const { tree } = plan.files;
  await copyFile(path.join(tree, kernel.path), plan.files.kernel);
  await commands.run(inNamespace({ tool: 'mkdir', args: ['-p', `${tree}/boot`] }));
  const args = ['--no-target-directory', `${tree}${kernel.path}`, `${tree}${KERNEL_PATH}`];
  await commands.run(inNamespace({ tool: 'mv', args }));
}
