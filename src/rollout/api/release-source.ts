import type { Configurations } from './configurations.ts';
import type { OsInstance } from './os-instance.ts';
import type { OsSpec } from './os-spec.ts';

/** Where nodes get what they are to run. */
export interface ReleaseSource {
  /** Settings that the release needs; null for none. */
  readonly upgradeconfigs: Configurations | null;
  /** Named in the image of the node. */
  readonly repository: string;
  /** To what nodes ran before: it is in their other slot. */
  readonly isBefore: boolean;
  /** KubeOS's plain tar of a root file system, in place of a release; null for none. */
  readonly image: NonNullable<OsInstance['spec']['run']>['image'] | null;
}

export function sourceOf(spec: OsSpec): ReleaseSource {
  const { repository, release, opstype, imagetype, imageurl, flagSafe, mtls } = spec;
  const isBefore = opstype === 'rollback';
  const named = { repository, isBefore, upgradeconfigs: spec.upgradeconfigs ?? null };
  if (release !== undefined || imagetype !== 'disk' || isBefore) return { ...named, image: null };
  return { ...named, image: { imageurl, flagSafe, mtls, ...certificatesOf(spec) } };
}

type Certificates = Pick<OsSpec, 'cacert' | 'clientcert' | 'clientkey'>;

/** Those that are used: KubeOS's objects name them whatever the address is, and its agent leaves the others where they are. */
function certificatesOf(spec: OsSpec): Certificates {
  const isPlain = URL.parse(spec.imageurl)?.protocol === 'http:';
  const used = [
    ...(isPlain ? [] : (['cacert'] as const)),
    ...(spec.mtls ? (['clientcert', 'clientkey'] as const) : []),
  ];
  const given = used.filter((name) => spec[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, spec[name]]));
}
