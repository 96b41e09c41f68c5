import { parseGrubEnvironment } from '../../disk/grub-environment.ts';
import { grubTryOf } from '../../disk/grub-try.ts';
import type { CrashState } from './crash-states.ts';
import type { Recording } from './crash-scenarios.ts';
import { grubPlacesIn, wholeGrub } from './virtual-grub.ts';
import type { DiskContent } from './disk-content.ts';

/** What must be true of GRUB's places after any cut. */
export function grubViolation(
  { content, events }: CrashState,
  recording: Recording,
): string | null {
  const places = grubPlacesIn(content);
  const first = places === null ? null : wholeGrub(places.first);
  if (places === null || first === null) return 'firmware finds no whole GRUB (I10)';
  if (!recording.provenGrub.includes(first.version)) {
    return 'firmware starts a GRUB that never booted this node (I10)';
  }
  const isDone = events < recording.events.length || isSame(content, recording.after);
  return (
    askedViolation(content, first.version, places.second) ??
    (isDone ? null : 'what was done about GRUB does not last')
  );
}

function askedViolation(
  { environment }: DiskContent,
  first: string,
  second: Buffer,
): string | null {
  const { wanted } = grubTryOf(parseGrubEnvironment(environment).variables);
  if (wanted === null || wanted === first) return null;
  const isThere = wholeGrub(second)?.version === wanted;
  return isThere ? null : 'a GRUB is asked for that is not there (I10)';
}

const isSame = (one: DiskContent, two: DiskContent): boolean =>
  (['grub-0', 'grub-1', 'grub-sector'] as const).every((place) => one[place].equals(two[place]));
