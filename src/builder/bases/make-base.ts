import type { Commands } from '../../host/commands.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import type { StepRunner } from '../build/step.ts';
import type { LockedBase } from '../lock/lock-schema.ts';
import { makeAptBase } from './make-apt-base.ts';
import { makeStoredBase } from './make-stored-base.ts';

export interface BaseHost {
  readonly commands: Commands;
  readonly signal: AbortSignal;
  readonly step: StepRunner;
}

export interface MadeBase {
  readonly locked: LockedBase;
  /** The root file system as a tar, in the cache or the work directory. */
  readonly tarFile: string;
}

/** The root file system of the definition's base, with everything that went into it by digest. */
export async function makeBase(plan: BuildPlan, host: BaseHost): Promise<MadeBase> {
  const { base } = plan.definition;
  switch (base.type) {
    case 'apt':
      return await makeAptBase(plan, base, host);
    case 'oci':
    case 'tar':
    case 'directory':
      return await makeStoredBase(plan, base, host);
    case 'dnf':
      throw new Error('base dnf');
    default:
      return base satisfies never;
  }
}
