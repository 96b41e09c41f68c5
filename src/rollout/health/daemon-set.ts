import { z } from 'zod';

/** core/v1 NodeSelectorRequirement; an operator of a later Kubernetes is `unknown`, and not an error. */
const requirement = z.object({
  key: z.string(),
  operator: z
    .enum(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt', 'unknown'])
    .catch('unknown'),
  values: z.array(z.string()).default([]),
});
export type NodeRequirement = Readonly<z.infer<typeof requirement>>;

const term = z.object({
  matchExpressions: z.array(requirement).default([]),
  matchFields: z.array(requirement).default([]),
});

const toleration = z.object({
  key: z.string().default(''),
  operator: z.string().default('Equal'),
  value: z.string().default(''),
  effect: z.string().default(''),
});

const affinity = z.object({
  nodeAffinity: z
    .object({
      requiredDuringSchedulingIgnoredDuringExecution: z
        .object({ nodeSelectorTerms: z.array(term).default([]) })
        .optional(),
    })
    .optional(),
});

/** What of a DaemonSet (apps/v1) says on which nodes its pods are. */
const daemonSetSchema = z.object({
  metadata: z.object({ namespace: z.string(), name: z.string() }),
  spec: z.object({
    template: z.object({
      spec: z.object({
        nodeSelector: z.record(z.string(), z.string()).default({}),
        tolerations: z.array(toleration).default([]),
        affinity: affinity.optional(),
      }),
    }),
  }),
});

export type DaemonSet = Readonly<z.infer<typeof daemonSetSchema>>;

/** By `namespace/name`. */
export const PLACED_DAEMON_SETS = {
  ...{ path: '/apis/apps/v1/daemonsets', schema: daemonSetSchema },
  keyOf: ({ metadata: { namespace, name } }: DaemonSet) => `${namespace}/${name}`,
};
