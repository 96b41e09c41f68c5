import type { LockedDnfPackage } from '../../lock/lock-schema.ts';
import { dnfNameOf } from './dnf-settings.ts';

export type ListedRpm = Omit<LockedDnfPackage, 'sha256'>;

/** One package a line, which dnf 5 does not end by itself; none of the values can hold a bar. */
export const REPOQUERY_FORMAT =
  '%{name}|%{epoch}|%{version}-%{release}|%{arch}|%{repoid}|%{location}|%{downloadsize}\n';

/** What `dnf repoquery` prints in this format, repositories in the order of `ids` (their priority in the definition). */
export function parseRepoquery(text: string, ids: readonly string[]): readonly ListedRpm[] {
  const listed = text
    .split('\n')
    .map((line) => parseLine(line))
    .filter((rpm) => rpm !== undefined);
  return ids.flatMap((id) =>
    listed
      .filter(({ repository }) => repository === dnfNameOf(id))
      .map((rpm) => ({ ...rpm, repository: id })),
  );
}

const LINE =
  /^(?<name>[^|]+)\|(?<epoch>\d*)\|(?<version>[^|]+)\|(?<arch>[^|]+)\|(?<repository>[^|]+)\|(?<file>[^|]+)\|(?<size>\d+)$/;

function parseLine(line: string): ListedRpm | undefined {
  const groups = LINE.exec(line)?.groups;
  if (groups === undefined) return undefined;
  const { name = '', epoch = '', version = '', arch = '', repository = '', file = '' } = groups;
  const whole = /^0?$/.test(epoch) ? version : `${epoch}:${version}`;
  return { name, version: whole, arch, size: Number(groups['size']), file, repository };
}
