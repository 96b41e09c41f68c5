/** How ids of this host look inside a user namespace: runs, as the kernel gives them (user_namespaces(7)). */
export interface IdRun {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

export interface IdMaps {
  readonly uids: readonly IdRun[];
  readonly gids: readonly IdRun[];
}

/** /proc/PID/uid_map and gid_map: lines of three numbers, seen from outside the namespace. */
export function parseIdMap(text: string): readonly IdRun[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [inside = Number.NaN, outside = Number.NaN, count = 0] = line
        .trim()
        .split(/\s+/)
        .map(Number);
      return { inside, outside, count };
    });
}

/** The id inside for one of the host; undefined where the namespace has none for it. */
export function idInside(runs: readonly IdRun[], id: number): number | undefined {
  const run = runs.find(({ outside, count }) => id >= outside && id < outside + count);
  return run === undefined ? undefined : run.inside + (id - run.outside);
}
