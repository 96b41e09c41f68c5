import type { RootMetadata } from '../metadata/metadata-schema.ts';
import { publicKeyOf } from './public-key-of.ts';
import { planRoot, type KeySet, type TopRole } from './root-document.ts';

export interface RotationPlan {
  readonly now: Date;
  /** Of the new root. */
  readonly lifetimeMs: number;
  /** The new keys of the roles that change; the other roles keep theirs. None: the root is only renewed. */
  readonly roles: Partial<Readonly<Record<TopRole, KeySet>>>;
}

/** The next root: one version more, with new keys for some roles. It is signed by the old root keys and by the new. */
export function planRotation(current: RootMetadata, plan: RotationPlan): RootMetadata {
  const { now, lifetimeMs, roles } = plan;
  const kept = (role: TopRole): KeySet => roles[role] ?? keysOf(current, role);
  return planRoot({
    version: current.version + 1,
    now,
    lifetimeMs,
    roles: {
      root: kept('root'),
      timestamp: kept('timestamp'),
      snapshot: kept('snapshot'),
      targets: kept('targets'),
    },
  });
}

/** Keys of other kinds than ed25519 never counted, and are not carried on. */
function keysOf({ roles, keys }: RootMetadata, role: TopRole): KeySet {
  const { keyids, threshold } = roles[role];
  return { publicKeys: keyids.flatMap((id) => publicKeyOf(keys, id) ?? []), threshold };
}
