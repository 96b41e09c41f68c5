import type { OsInstance } from '../api/os-instance.ts';
import type { DrainReport } from './cluster-view.ts';

/** What proxies say that drain their own nodes; each of the run that it is let drain for. */
export function reportedDrains(
  instances: ReadonlyMap<string, OsInstance>,
): ReadonlyMap<string, DrainReport> {
  return new Map(
    [...instances].flatMap(([name, { spec, status }]) => {
      const { run } = spec;
      if (run?.drain === undefined || status.run?.id !== run.id) return [];
      const { drained = false, blockedBy = null, daemonSets = [] } = status.run.drain ?? {};
      return [[name, { isDrained: drained, blockedBy, daemonSets }] as const];
    }),
  );
}
