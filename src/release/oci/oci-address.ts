import { KubeosError } from '../../errors.ts';
import { isLocal } from './registry-auth.ts';

/** A repository (in the words of the distribution specification) in a registry. */
export interface OciAddress {
  /** Host, with a port where it has one. */
  readonly registry: string;
  readonly name: string;
}

// Host and name as the distribution specification spells them (end-2, "Pull").
const ADDRESS =
  /^oci:\/\/((?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?)\/([a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)$/;

/** @throws KubeosError USAGE */
export function parseOciAddress(text: string): OciAddress {
  const [, registry, name] = ADDRESS.exec(text) ?? [];
  if (registry !== undefined && name !== undefined) return { registry, name };
  throw new KubeosError('USAGE', `${text} is no address in a registry`, {
    hint: 'write oci://registry.example.com/team/nodes, without tag and without credentials',
  });
}

/** Where the API for this repository begins; without TLS on this machine only. */
export function apiUrl({ registry, name }: OciAddress): URL {
  return new URL(`${isLocal(registry) ? 'http' : 'https'}://${registry}/v2/${name}/`);
}
