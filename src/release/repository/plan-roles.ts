import type { RoleKeys, RootMetadata, TargetsMetadata } from '../metadata/metadata-schema.ts';
import type { VerifiedRepository } from '../metadata/verify-repository.ts';
import { isGoodUnder } from './is-good-under.ts';
import type { RepositoryChange } from './repository-change.ts';
import type { StartingState } from './repository-state.ts';

export type FileRole = 'targets' | 'halt' | 'snapshot';

export interface RolePlan {
  readonly state: StartingState;
  readonly change: RepositoryChange;
  /**
   * What is written has to be good under each of them; normally the newest alone. While keys are replaced, files are
   * signed for the old root and the new one, so that no client ever meets a root without files that are good under it.
   */
  readonly roots: readonly [RootMetadata, ...RootMetadata[]];
}

/** The files that are written anew: their content changes, they end soon, or they are not good under the roots. */
export function rolesToWrite({ state, change, roots }: RolePlan): ReadonlySet<FileRole> {
  const { verified } = state;
  if (verified === null) return new Set(['targets', 'halt', 'snapshot']);
  const written = new Set<FileRole>(change.renew);
  if (changesTargets(change) || !isGood(verified, 'targets', roots)) written.add('targets');
  if (changesHalt(change, verified)) written.add('halt');
  if (written.size > 0 || !isGood(verified, 'snapshot', roots)) written.add('snapshot');
  return written;
}

const changesTargets = ({ targets, delegations }: RepositoryChange): boolean =>
  targets !== undefined || delegations !== undefined;

const changesHalt = ({ halt, delegations }: RepositoryChange, verified: VerifiedRepository) =>
  halt !== undefined || (delegations !== undefined && !isGoodUnder(verified, 'halt', delegations));

function isGood(
  verified: VerifiedRepository,
  role: 'targets' | 'snapshot',
  roots: readonly RootMetadata[],
): boolean {
  return roots.every((root) => isGoodUnder(verified, role, root));
}

/** Who has to sign a file. */
export function authoritiesOf(
  { state, change, roots }: RolePlan,
  role: FileRole | 'timestamp',
): readonly (RoleKeys & { readonly name: string })[] {
  if (role !== 'halt') return roots.map((root) => ({ ...root.roles[role], name: role }));
  const delegations = plannedDelegations(state, change);
  return delegations === undefined ? [] : [delegations.roles[0]];
}

/** The signed part of targets and halt, without version and end. */
export function plannedContent({ state, change }: RolePlan, role: 'targets' | 'halt'): object {
  if (role === 'halt') {
    return { _type: 'targets', targets: change.halt ?? state.verified?.halt?.targets ?? {} };
  }
  return {
    _type: 'targets',
    targets: change.targets ?? state.verified?.targets.targets ?? {},
    delegations: plannedDelegations(state, change),
  };
}

function plannedDelegations(
  { verified }: StartingState,
  { delegations }: RepositoryChange,
): TargetsMetadata['delegations'] {
  return delegations ?? verified?.targets.delegations;
}
