/** Boots as the kernel names them, in order, of `journalctl --list-boots`, whose columns differ between its versions. */
export function parseBootList(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const id = /^\s*-?\d+\s+([0-9a-f]{32})\s/.exec(line)?.[1];
    return id === undefined ? [] : [id];
  });
}

export interface TrialPlace {
  /** The boot that activated the trial, and the one that runs, as the kernel writes them: with dashes. */
  readonly activatedIn: string;
  readonly current: string;
}

/**
 * Boots between the two. None where the one that activated is no longer there: what came after it cannot be told from what
 * came before.
 */
export function trialBoots(
  boots: readonly string[],
  { activatedIn, current }: TrialPlace,
): readonly string[] {
  const from = boots.indexOf(withoutDashes(activatedIn));
  if (from === -1) return [];
  const to = boots.indexOf(withoutDashes(current));
  return boots.slice(from + 1, to === -1 ? boots.length : to);
}

const withoutDashes = (id: string): string => id.replaceAll('-', '');
