import type { OsInstance } from './os-instance.ts';
import type { OsSpec } from './os-spec.ts';

/** Where nodes get what they are to run. */
export interface ReleaseSource {
  /** Named in the image of the node. */
  readonly repository: string;
  /** KubeOS's plain tar of a root file system, in place of a release; null for none. */
  readonly image: NonNullable<OsInstance['spec']['run']>['image'] | null;
}

export function sourceOf(spec: OsSpec): ReleaseSource {
  const { repository, release, imagetype, imageurl, flagSafe, mtls } = spec;
  if (release !== undefined || imagetype !== 'disk') return { repository, image: null };
  const { cacert, clientcert, clientkey } = spec;
  const certificates = {
    ...(cacert !== undefined && { cacert }),
    ...(clientcert !== undefined && { clientcert }),
    ...(clientkey !== undefined && { clientkey }),
  };
  return { repository, image: { imageurl, flagSafe, mtls, ...certificates } };
}
