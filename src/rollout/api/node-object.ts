import { z } from 'zod';

/** What of a Node (core/v1) a rollout looks at. */
export const nodeSchema = z.object({
  metadata: z.object({
    ...{ name: z.string(), uid: z.string(), creationTimestamp: z.iso.datetime() },
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({ unschedulable: z.boolean().default(false) }).prefault({}),
  status: z
    .object({
      nodeInfo: z.object({ bootID: z.string().default('') }).prefault({}),
      conditions: z
        .array(
          z.object({
            ...{ type: z.string(), status: z.string() },
            // metav1.Time: null where whoever wrote the condition said no time.
            lastTransitionTime: z.iso.datetime().nullish(),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

export type NodeObject = Readonly<z.infer<typeof nodeSchema>>;

/** Who has cordoned the node, by the uid of the OS object: what has another, or none, is somebody else's. */
export const CORDONED_BY = 'upgrade.openeuler.org/cordoned-by';
export const ZONE = 'topology.kubernetes.io/zone';

/** KubeOS's mark: the node is being upgraded, or waits for it. */
export const UPGRADING = 'upgrade.openeuler.org/upgrading';
