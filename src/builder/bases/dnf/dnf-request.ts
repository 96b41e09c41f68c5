import type { DnfBase } from '../../definition/base-schema.ts';
import type { LockedDnfBase, LockedDnfPackage } from '../../lock/lock-schema.ts';
import type { BaseRequest } from '../base.ts';

export interface DnfRequest extends BaseRequest<DnfBase> {
  /** Packages by their SHA-256, kept between builds; default: a folder of the work directory. */
  readonly packageCache?: string;
  /** What to install, from a lockfile; without it, what the repositories have now. */
  readonly locked?: LockedDnfBase;
}

/** A package that is here and has the locked digest. */
export interface FetchedRpm extends LockedDnfPackage {
  readonly path: string;
}

/** How RPM calls the architectures. */
export const RPM_ARCH = { amd64: 'x86_64', arm64: 'aarch64' } as const;
