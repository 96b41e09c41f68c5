import { KubeosError } from '../../errors.ts';
import { changeRepository, type ChangedRepository } from './change-repository.ts';
import type { Publisher } from './publisher.ts';
import type { RepositoryChange } from './repository-change.ts';
import type { RepositoryState } from './repository-state.ts';

export interface RetireRequest extends Publisher {
  /** Digest. */
  readonly release: string;
}

/**
 * A release is no longer listed, nor the packs that start from it. Its files stay until gc takes them. Retired already:
 * nothing happens.
 *
 * @throws KubeosError USAGE when a channel leads to it
 */
export async function retireRelease(request: RetireRequest): Promise<ChangedRepository> {
  return await changeRepository(request, (state) => planRetirement(state, request.release));
}

function planRetirement({ verified }: RepositoryState, release: string): RepositoryChange | null {
  const channel = [...verified.channels].find(([, digest]) => digest === release)?.[0];
  if (channel !== undefined) {
    throw new KubeosError('USAGE', `the channel ${channel} leads to ${release}`, {
      hint: 'let the channel lead to another release first',
    });
  }
  const all = Object.entries(verified.targets.targets);
  const kept = all.filter(
    ([, { custom }]) =>
      custom.release !== release && !(custom.kind === 'delta' && custom.base === release),
  );
  return kept.length === all.length ? null : { blobs: [], targets: Object.fromEntries(kept) };
}
