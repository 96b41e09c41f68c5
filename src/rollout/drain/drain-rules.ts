import type { LabelSelector, OsSpec } from '../api/os-spec.ts';

/** What a drain does with pods that nobody agrees on. */
export interface DrainRules {
  /** Nothing makes them anew: `leave` lets them die with the restart. */
  readonly unmanaged: 'block' | 'evict' | 'leave';
  /** Their data ends with them. */
  readonly emptyDir: 'evict' | 'block';
  /** Kinds of controllers that keep a pod on each node, besides DaemonSet. */
  readonly perNodeKinds: readonly string[];
  /** The first that means a pod decides; what the pod says for itself comes before. */
  readonly pods: readonly PodRule[];
}

export interface PodRule {
  readonly selector: LabelSelector;
  /** Null for any. */
  readonly namespace: string | null;
  /** `force`: evicted, and deleted where that did not end it in this time, from the beginning of the drain. */
  readonly action: 'skip' | 'wait' | 'evict' | { readonly forceAfterMs: number };
}

export const DEFAULT_RULES: DrainRules = {
  ...{ unmanaged: 'block', emptyDir: 'evict', perNodeKinds: [], pods: [] },
};

/** What an OS object asks for. */
export function drainRulesOf({ unmanaged, emptyDir, pods }: OsSpec['drain']): DrainRules {
  return {
    ...{ ...DEFAULT_RULES, unmanaged, emptyDir },
    pods: pods.map(({ selector, namespace = null, action, after = 0 }) => ({
      ...{ selector, namespace },
      action: action === 'force' ? { forceAfterMs: after } : action,
    })),
  };
}
