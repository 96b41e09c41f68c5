import { readFile } from 'node:fs/promises';
import type { RequiredTool } from './required-tools.ts';

/** The command of this host's package manager that installs one package, by its names there. */
export type Install = (packages: Pick<RequiredTool, 'deb' | 'rpm'>) => string;

/** By what /etc/os-release says that this host is. */
export async function installCommand(): Promise<Install> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const isRpm = /^ID(?:_LIKE)?=.*(?:fedora|rhel|openEuler|suse)/im.test(osRelease);
  return ({ deb, rpm }) => (isRpm ? `dnf install ${rpm}` : `apt-get install ${deb}`);
}
