import type { RootMetadata, TargetsMetadata } from '../metadata/metadata-schema.ts';
import { parseMetadata } from '../metadata/parse-metadata.ts';
import { verifySignatures, type RoleAuthority } from '../metadata/verify-signatures.ts';
import { authorityOf } from '../metadata/verify-roots.ts';
import type { VerifiedRepository } from '../metadata/verify-repository.ts';

type Delegations = NonNullable<TargetsMetadata['delegations']>;

/** Whether a file of the repository, as it is, is signed by enough keys of another root or delegation. */
export function isGoodUnder(
  verified: VerifiedRepository,
  role: 'targets' | 'halt' | 'snapshot',
  authority: RootMetadata | Delegations,
): boolean {
  const { version = 0 } = verified[role] ?? {};
  const file = `${version}.${role}.json`;
  const bytes = verified.files.get(file);
  if (bytes === undefined) return false;
  const keys = authorityFor(role, authority);
  if (keys === null) return false;
  try {
    verifySignatures(parseMetadata(role, { file, bytes, now: new Date(8.64e15) }), keys);
    return true;
  } catch {
    return false; // it was verified before: only its signatures can be refused
  }
}

function authorityFor(
  role: 'targets' | 'halt' | 'snapshot',
  authority: RootMetadata | Delegations,
): RoleAuthority | null {
  if ('_type' in authority) return role === 'halt' ? null : authorityOf(authority, role);
  return { ...authority.roles[0], keys: authority.keys };
}
