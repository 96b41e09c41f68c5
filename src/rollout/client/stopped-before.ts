import { osName, type OsObject } from '../api/os-object.ts';
import { readWishes } from '../api/wishes.ts';
import type { TargetRelease } from '../plan/fleet.ts';

/** Why nothing begins although the release is asked for: a person has stopped it under this object; null where nobody has. */
export function stoppedBefore(
  { metadata }: Pick<OsObject, 'metadata'>,
  { digest, version }: TargetRelease,
): string | null {
  const { wishes } = readWishes(metadata.annotations, { digest, isPausedInSpec: false });
  if (!wishes.aborted && !wishes.rollback) return null;
  const what = wishes.rollback ? 'taken back' : 'aborted';
  return `${version} was ${what} under ${osName({ metadata })} before, and nothing begins`;
}
