import type { NodeObject } from '../api/node-object.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { SeenPods } from '../health/decide-health.ts';
import type { OsObject } from '../api/os-object.ts';

/** What a drain has come to, by the last look at the pods of a node. */
export interface DrainReport {
  readonly isDrained: boolean;
  /** The first thing that is in its way, for people. */
  readonly blockedBy: string | null;
  /** DaemonSets (`namespace/name`) of which it has seen a Ready pod there. */
  readonly daemonSets: readonly string[];
}

/** The cluster as it was observed last; all that a pass goes by. */
export interface ClusterView {
  readonly osObjects: readonly OsObject[];
  readonly nodes: readonly NodeObject[];
  /** By the name of the node. */
  readonly instances: ReadonlyMap<string, OsInstance>;
  /** Of nodes that are being drained, by name. */
  readonly drains: ReadonlyMap<string, DrainReport>;
  /** Pods of nodes that are back from their restart, by the name of the node, where they have to show some. */
  readonly returned: ReadonlyMap<string, SeenPods>;
  /** Since when kubelet is heard in its new boot, of nodes that were let switch, by name. */
  readonly heardSinceMs: ReadonlyMap<string, number>;
  /** Why the API server takes no write for a node, by name, of those that are left alone for that. */
  readonly refused: ReadonlyMap<string, string>;
  /** Such as `1.36.3`. */
  readonly apiServerVersion: string;
  readonly operatorNode: string | null;
}

/** What only an operator at work knows, for whoever looks at the same without one. */
export const WITHOUT_OPERATOR = {
  ...{ returned: new Map<string, SeenPods>(), heardSinceMs: new Map<string, number>() },
  ...{ refused: new Map<string, string>(), operatorNode: null },
} as const satisfies Partial<ClusterView>;
