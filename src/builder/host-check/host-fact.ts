import type { RequiredTool } from './required-tools.ts';

/** One thing that was looked at; `remedy` is set where it is not as it must be. */
export interface HostFact {
  readonly subject: string;
  readonly found: string;
  readonly purpose: string;
  readonly remedy: string | null;
}

/** The command of this host's package manager that installs one package, by its names there. */
export type Install = (packages: Pick<RequiredTool, 'deb' | 'rpm'>) => string;
