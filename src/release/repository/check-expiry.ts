import type { MetadataRole } from '../metadata/metadata-limits.ts';
import type { Lifetimes } from './lifetimes.ts';
import { loadRepository, type StateRequest } from './repository-state.ts';

export interface ExpiryCheck {
  readonly role: MetadataRole;
  readonly version: number;
  /** YYYY-MM-DDTHH:MM:SSZ */
  readonly expires: string;
  /** Of the lifetime that its role is given; 0 and below: it ended. */
  readonly lifeLeft: number;
  readonly state: 'good' | 'past half life' | 'ended';
}

/** How much life each metadata file has left. `kubeos repository check` fails unless all are good. */
export async function checkExpiry(
  request: StateRequest & { readonly lifetimes: Lifetimes },
): Promise<readonly ExpiryCheck[]> {
  const { verified, root } = await loadRepository(request);
  const { timestamp, snapshot, targets, halt } = verified;
  const files = { root, timestamp, snapshot, targets, ...(halt === null ? {} : { halt }) };
  return (['root', 'timestamp', 'snapshot', 'targets', 'halt'] as const).flatMap((role) => {
    const file = files[role];
    if (file === undefined) return [];
    const { version, expires } = file;
    const lifeLeft = (Date.parse(expires) - request.now.getTime()) / request.lifetimes[role];
    return [{ role, version, expires, lifeLeft, state: stateOf(lifeLeft) }];
  });
}

function stateOf(lifeLeft: number): ExpiryCheck['state'] {
  if (lifeLeft <= 0) return 'ended';
  return lifeLeft < 0.5 ? 'past half life' : 'good';
}
