import type { TargetsMetadata } from '../metadata/metadata-schema.ts';
import { publicKeysOf, roleOf, type KeySet } from './root-document.ts';

/** `halt` is a role of its own: whoever stops a release needs no key that could publish one. */
export function haltDelegation(keys: KeySet): NonNullable<TargetsMetadata['delegations']> {
  const role = { name: 'halt', terminating: true, paths: ['halt.*'] } as const;
  return {
    keys: publicKeysOf([keys]),
    roles: [{ ...role, paths: ['halt.*'], ...roleOf(keys) }],
  };
}
