import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Commands } from '../../host/commands.ts';
import { makeBase, resolveForBuild, type KnownInputs } from '../bases/make-base.ts';
import { assembleDisk } from '../disk/assemble-disk.ts';
import { buildInitramfs } from '../initramfs/build-initramfs.ts';
import { assertHostReady, observeHost } from '../host-check/check-host.ts';
import { requirementsOf } from '../host-check/required-tools.ts';
import { spaceNeeds } from '../host-check/space-needs.ts';
import { summaryOf, type Inventory } from '../inventory/inventory.ts';
import { takeInventory } from '../inventory/inventory-documents.ts';
import { assertInstalled } from '../lock/assert-installed.ts';
import type { LockedBase } from '../lock/lock-schema.ts';
import type { ToolVersions } from '../provenance/tool-versions.ts';
import { loadSourceFiles } from '../tree/load-source-files.ts';
import { loadScripts } from '../tree/run-scripts.ts';
import { loadTrustFiles } from '../tree/trust.ts';
import { buildKey, findUpToDate, rememberBuild, type BuildSummary } from './up-to-date.ts';
import { buildToolVersions } from '../provenance/describe-build.ts';
import { placeArtifacts } from '../outputs/place-artifacts.ts';
import { writeOutputs } from '../outputs/write-outputs.ts';
import { kubeletOf } from '../release/kubelet-of.ts';
import { INITRAMFS_PATH, makeRelease } from '../release/make-release.ts';
import { makeRootImage } from '../root-image/make-root-image.ts';
import { applyTree } from '../tree/apply-tree.ts';
import { prepareTree, type PreparedTree } from '../tree/prepare-tree.ts';
import { rootFile } from '../tree/tree-entry.ts';
import { clampTimes, extractTree, removeTree, setClockEpoch } from '../tree/tree-commands.ts';
import type { BuildPlan } from './build-plan.ts';
import type { StepRunner } from './step.ts';

export interface BuildHost {
  readonly commands: Commands;
  readonly signal: AbortSignal;
  readonly step: StepRunner;
}

export interface BuildResult {
  readonly kind: 'built' | 'up-to-date';
  readonly summary: BuildSummary;
}

/** Builds, unless the output folder holds just what this build would make. */
export async function runBuild(plan: BuildPlan, host: BuildHost): Promise<BuildResult> {
  const { commands, step } = host;
  const tools = await step('check', async () => {
    await checkHost(plan, commands);
    return await buildToolVersions(plan, commands);
  });
  const resolved = await resolveForBuild(plan, host);
  const key = resolved === null ? null : await keyOf(plan, resolved, tools);
  const present = key === null ? undefined : await findUpToDate(plan.outputDirectory, key);
  if (present !== undefined) return { kind: 'up-to-date', summary: present };
  const summary = await makeArtifacts(plan, { resolved, tools }, host);
  if (key !== null) await rememberBuild(plan, key, summary);
  return { kind: 'built', summary };
}

/** The build as a recipe: each step makes a file that the next one reads; nothing leaves the work directory before the end. */
async function makeArtifacts(
  plan: BuildPlan,
  known: KnownInputs,
  host: BuildHost,
): Promise<BuildSummary> {
  const { commands, step } = host;
  const { locked, tarFile } = await makeBase(plan, known, host);
  const tree = await step('tree', async (report) => {
    await mkdir(plan.files.tree);
    await commands.run(extractTree(tarFile, plan.files.tree));
    const prepared = await prepareTree(plan, commands);
    const inventory = await inventoryOf(plan, locked, commands);
    report(summaryOf(inventory));
    if ('packages' in locked) assertInstalled(inventory.packages, locked.packages);
    const kubelet = kubeletOf(inventory.packages, plan.definition.release.kubelet ?? null);
    return { ...prepared, inventory, kubelet };
  });
  await step('initramfs', async () => await addInitramfs(plan, tree, commands));
  const root = await step('root', async () => {
    const made = await makeRootImage(plan, commands);
    // What of it is still on its way to the disk need not get there.
    await commands.run(removeTree(plan.files.tree));
    return made;
  });
  const release = await step('release', async () => await makeRelease(plan, root, tree.kubelet));
  await step('disk', async () => await assembleDisk(plan, { release, grub: tree.grub }, commands));
  const { kernelVersion, inventory } = tree;
  const artifacts = await step('outputs', async (report) => {
    const build = { plan, release, kernelVersion, locked, inventory, tools: known.tools };
    const names = await writeOutputs({ build, commands, report });
    await placeArtifacts(plan.files.artifacts, plan.outputDirectory, names);
    return names;
  });
  const { name, version, arch } = plan.definition;
  return { name, version, arch, digest: release.digest, kernelVersion, artifacts };
}

async function keyOf(plan: BuildPlan, locked: LockedBase, tools: ToolVersions): Promise<string> {
  const { definition, directory } = plan;
  const { repositoryRoot } = await loadTrustFiles(definition, directory);
  const scripts = await loadScripts(definition, directory);
  const sources = await loadSourceFiles(definition.files, directory);
  return buildKey({ plan, locked, tools, sources, trust: [repositoryRoot, ...scripts] });
}

async function inventoryOf(
  plan: BuildPlan,
  base: LockedBase,
  commands: Commands,
): Promise<Inventory> {
  const { name, version, arch, firmware } = plan.definition;
  const { epoch, kubeosVersion } = plan;
  const { tree } = plan.files;
  const locked = 'packages' in base ? base.packages : [];
  return await takeInventory({
    image: { name, version },
    epoch,
    kubeosVersion,
    tree,
    boot: { arch, firmware },
    locked,
    commands,
  });
}

async function checkHost(plan: BuildPlan, commands: Commands): Promise<void> {
  const requirements = requirementsOf(plan.definition);
  const spaces = spaceNeeds(plan, tmpdir());
  assertHostReady(await observeHost({ requirements, spaces, commands }));
}

async function addInitramfs(
  plan: BuildPlan,
  prepared: PreparedTree,
  commands: Commands,
): Promise<void> {
  const { tree, initramfs, overlay: overlayFile } = plan.files;
  const { root, health, watchdog } = plan.definition;
  const { fileSystem, verity } = root;
  const { kernelVersion } = prepared;
  const image = await buildInitramfs({
    ...{ tree, kernelVersion, fileSystem, verity },
    limits: { readySeconds: health.readySeconds, watchdog },
    epoch: plan.treeEpoch,
  });
  await writeFile(initramfs, image);
  const entries = [rootFile(INITRAMFS_PATH, image)];
  await applyTree({
    ...{ tree, entries, removals: [], overlayFile, commands },
    epoch: plan.treeEpoch,
  });
  await commands.run(clampTimes(tree, plan.treeEpoch));
  await commands.run(setClockEpoch(tree, plan.epoch));
}
