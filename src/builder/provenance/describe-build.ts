import { canonicalJson } from '../../release/canonical-json.ts';
import type { Commands } from '../../host/commands.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import { requirementsOf } from '../host-check/required-tools.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { LockedBase } from '../lock/lock-schema.ts';
import type { Checksums } from '../outputs/write-checksums.ts';
import type { Release } from '../release/make-release.ts';
import { lockedDependencies } from './locked-dependencies.ts';
import { formatProvenance, type Dependency } from './provenance.ts';
import {
  toolVersions,
  VERSIONED_TOOLS,
  type ToolVersions,
  type VersionedTool,
} from './tool-versions.ts';

export interface BuildDescription {
  readonly plan: BuildPlan;
  readonly release: Release;
  readonly kernelVersion: string;
  readonly locked: LockedBase;
  readonly inventory: Inventory;
  readonly tools: ToolVersions;
}

/** Versions of the tools that this definition's build runs. */
export async function buildToolVersions(
  plan: BuildPlan,
  commands: Commands,
): Promise<ToolVersions> {
  return await toolVersions(versionedToolsOf(plan), commands);
}

export function versionedToolsOf(plan: BuildPlan): readonly VersionedTool[] {
  const required = new Set(requirementsOf(plan.definition).tools.map(({ tool }) => tool));
  return VERSIONED_TOOLS.filter((tool) => required.has(tool));
}

/** provenance.json: what went in, by digest, and what came out. */
export function describeProvenance(build: BuildDescription, artifacts: Checksums): string {
  const { plan, inventory } = build;
  return formatProvenance({
    kubeosVersion: plan.kubeosVersion,
    definition: plan.inputs,
    overrides: plan.overrides,
    ...(plan.lockSha256 === null ? {} : { lockSha256: plan.lockSha256 }),
    sourceDateEpoch: plan.epoch,
    tools: build.tools,
    dependencies: dependenciesOf(build.locked, inventory),
    // Not the manifest: it will hold this file's digest.
    artifacts: [...artifacts]
      .filter(([name]) => !name.startsWith('release/'))
      .map(([name, sha256]) => ({ name, sha256 })),
  });
}

function dependenciesOf(
  locked: LockedBase,
  { packages, distribution }: Inventory,
): readonly Dependency[] {
  switch (locked.type) {
    case 'apt':
      return lockedDependencies(locked, packages, distribution);
    case 'dnf':
      return locked.packages.map(({ name, sha256, file }) => ({
        name: `${name} (${file})`,
        sha256,
      }));
    case 'oci':
      return [{ name: locked.image, sha256: locked.digest.replace(/^sha256:/, '') }];
    case 'tar':
    case 'directory':
      return [{ name: `base ${locked.type}`, sha256: locked.sha256 }];
    default:
      return locked satisfies never;
  }
}

/** build.json: what a script wants to know of a build, in one place. */
export function describeResult(build: BuildDescription, artifacts: Checksums): string {
  const { name, version, arch } = build.release.manifest;
  return canonicalJson({
    schema: 1,
    ...{ name, version, arch, kernelVersion: build.kernelVersion },
    digest: build.release.digest,
    sourceDateEpoch: build.plan.epoch,
    kubeosVersion: build.plan.kubeosVersion,
    tools: build.tools,
    artifacts: Object.fromEntries(artifacts),
  });
}
