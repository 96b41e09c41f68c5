import { KubeosError } from '../../errors.ts';

/** @throws KubeosError USAGE when the timestamp is not the one that a change was planned on */
export function assertUnmoved(
  place: string,
  found: Uint8Array | null,
  expected: Uint8Array | null,
): void {
  const isSame =
    found === null || expected === null ? found === expected : Buffer.from(found).equals(expected);
  if (!isSame) throw moved(place);
}

export function moved(place: string): KubeosError {
  return new KubeosError('USAGE', `another publisher changed ${place} meanwhile`, {
    hint: 'nothing of this change is visible; run the same command again',
  });
}

export function takenName(place: string, name: string): KubeosError {
  return new KubeosError('USAGE', `there is another ${name} in ${place} already`, {
    hint: 'a file that was published is never changed; choose an empty place, or repair this one from its mirror',
  });
}

export function changedWhileStored(place: string, name: string): KubeosError {
  return new KubeosError(
    'RELEASE_INVALID',
    `${place} keeps other bytes of ${name} than were sent`,
    {
      hint: 'the disk or the way to it is damaged; nothing was made visible',
    },
  );
}

/** What a release is called stands in its manifest alone: no version can be given out where one is not known. */
export function lostManifest(place: string, digest: string): KubeosError {
  return new KubeosError('RELEASE_INVALID', `${place} lacks the manifest of ${digest}`, {
    hint: `publish that release again, which puts it back, or \`kubeos repository retire\` it`,
  });
}
