import type { Commands } from '../../host/commands.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import type { StepRunner } from '../build/step.ts';
import type { LockedBase } from '../lock/lock-schema.ts';
import type { ToolVersions } from '../provenance/tool-versions.ts';
import { makeAptBase } from './make-apt-base.ts';
import { makeDnfBase, resolveDnfBase } from './make-dnf-base.ts';
import { resolveAptBase } from './resolve-base.ts';
import { makeStoredBase } from './make-stored-base.ts';

export interface BaseHost {
  readonly commands: Commands;
  readonly signal: AbortSignal;
  readonly step: StepRunner;
}

/** What is known of a build before it begins. */
export interface KnownInputs {
  /** Null for a base that is known when it was read. */
  readonly resolved: LockedBase | null;
  readonly tools: ToolVersions;
}

export interface MadeBase {
  readonly locked: LockedBase;
  /** The root file system as a tar, in the cache or the work directory. */
  readonly tarFile: string;
}

/**
 * What goes into the base by digest, as far as that is known before it is read: the lockfile's word, or what the
 * package archive says now. Null for a base that is one thing on disk or in a registry.
 */
export async function resolveForBuild(plan: BuildPlan, host: BaseHost): Promise<LockedBase | null> {
  const { definition, directory, locked } = plan;
  const { base } = definition;
  if (base.type !== 'apt' && base.type !== 'dnf') return null;
  const { commands, signal } = host;
  const request = { definition, directory, commands, signal };
  return await host.step('resolve', async () => {
    if (locked?.type === base.type) return locked;
    if (base.type === 'apt') return await resolveAptBase(base, request);
    const { cacheDirectory } = plan;
    return await resolveDnfBase(base, { ...request, cacheDirectory });
  });
}

/** The root file system of the definition's base, with everything that went into it by digest. */
export async function makeBase(
  plan: BuildPlan,
  { resolved, tools }: KnownInputs,
  host: BaseHost,
): Promise<MadeBase> {
  if (resolved?.type === 'apt') return await makeAptBase(plan, { locked: resolved, tools }, host);
  const { base } = plan.definition;
  if (resolved?.type === 'dnf' && base.type === 'dnf') {
    return await makeDnfBase(plan, { base, locked: resolved, tools }, host);
  }
  if (base.type !== 'apt' && base.type !== 'dnf') return await makeStoredBase(plan, base, host);
  throw new Error(`base ${base.type} was resolved to ${resolved?.type ?? 'nothing'}`);
}
