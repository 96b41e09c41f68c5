import { changeRepository, type ChangedRepository } from './change-repository.ts';
import type { Publisher } from './publisher.ts';
import type { RepositoryChange } from './repository-change.ts';
import type { RepositoryState } from './repository-state.ts';

export interface RefreshRequest extends Publisher {
  /** Renew targets and the list of halted releases too; that needs their keys. */
  readonly renewTargets?: boolean;
}

/** A new timestamp, and a new snapshot when the one there is past half of its life. Daily, with the online keys. */
export async function refreshRepository(request: RefreshRequest): Promise<ChangedRepository> {
  return await changeRepository(request, (state) => planRefresh(state, request));
}

function planRefresh({ verified }: RepositoryState, request: RefreshRequest): RepositoryChange {
  const { now, lifetimes, renewTargets = false } = request;
  const left = Date.parse(verified.snapshot.expires) - now.getTime();
  const isSnapshotOld = left < lifetimes.snapshot / 2;
  return {
    blobs: [],
    renew: [
      ...(isSnapshotOld ? (['snapshot'] as const) : []),
      ...(renewTargets ? (['targets', 'halt'] as const) : []),
    ],
  };
}
