import type { VerifiedRepository } from '../metadata/verify-repository.ts';
import { applyChange } from './apply-change.ts';
import type { Publisher } from './publisher.ts';
import { NO_CHANGE, type RepositoryChange } from './repository-change.ts';
import { assertIsThere, loadRepository, type RepositoryState } from './repository-state.ts';

export interface ChangedRepository {
  readonly repository: VerifiedRepository;
  /** False: it was so already. */
  readonly isChanged: boolean;
}

/**
 * Makes one change, as the only publisher: finds the state, plans on it, carries the plan out. A plan of null means that
 * all is as it should be; what a publisher left unfinished who was stopped is finished even then.
 */
export async function changeRepository(
  publisher: Publisher,
  plan: (state: RepositoryState) => RepositoryChange | null | Promise<RepositoryChange | null>,
): Promise<ChangedRepository> {
  await assertIsThere(publisher.store);
  await using session = await publisher.store.begin();
  const state = await loadRepository(publisher);
  const change = await plan(state);
  if (change === null && !state.isRootAhead) {
    return { repository: state.verified, isChanged: false };
  }
  const repository = await applyChange({
    publisher,
    session,
    state,
    change: change ?? NO_CHANGE,
    roots: [state.root],
  });
  return { repository, isChanged: true };
}
