import type { ToldRules } from '../api/told-drain.ts';
import { DEFAULT_RULES, type DrainRules, type PodRule } from './drain-rules.ts';

/** As an OSInstance says them. */
export function toldRules({ unmanaged, emptyDir, pods }: DrainRules): ToldRules {
  return {
    ...{ unmanaged, emptyDir },
    pods: pods.map(({ selector, namespace, action }) => ({
      ...(namespace !== null && { namespace }),
      selector,
      ...(typeof action === 'string'
        ? { action }
        : { action: 'force', afterSeconds: Math.ceil(action.forceAfterMs / 1000) }),
    })),
  };
}

export function rulesTold({ unmanaged, emptyDir, pods }: ToldRules): DrainRules {
  return {
    ...{ ...DEFAULT_RULES, unmanaged, emptyDir },
    pods: pods.map(({ selector, namespace = null, action, afterSeconds = 0 }): PodRule => {
      const done = action === 'force' ? { forceAfterMs: afterSeconds * 1000 } : action;
      return { selector, namespace, action: done };
    }),
  };
}
