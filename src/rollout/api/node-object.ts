import { z } from 'zod';

/** Who has cordoned the node, by the uid of the OS object; a cordon without it is somebody else's. */
export const CORDONED_BY = 'upgrade.openeuler.org/cordoned-by';
/** In place of a uid: a person who drained the node by `kubeos node drain`. */
export const BY_HAND = 'kubeos-cli';

const condition = z.object({
  ...{ type: z.string(), status: z.string() },
  // metav1.Time: null where whoever wrote the condition said no time.
  lastTransitionTime: z.iso.datetime().nullish(),
});

/** What of a Node (core/v1) a rollout looks at: whatever else of it changes, and that is most of it, wakes nobody. */
export const nodeSchema = z.object({
  metadata: z.object({
    ...{ name: z.string(), uid: z.string(), creationTimestamp: z.iso.datetime() },
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.object({ [CORDONED_BY]: z.string().optional() }).default({}),
  }),
  spec: z
    .object({
      unschedulable: z.boolean().default(false),
      taints: z
        .array(
          z.object({
            key: z.string(),
            value: z.string().default(''),
            effect: z.string(),
          }),
        )
        .default([]),
    })
    .prefault({}),
  status: z
    .object({
      nodeInfo: z
        .object({ bootID: z.string().default(''), kubeletVersion: z.string().default('') })
        .prefault({}),
      conditions: z.array(condition).default([]),
    })
    .prefault({}),
});

export type NodeObject = Readonly<z.infer<typeof nodeSchema>>;

export const ZONE = 'topology.kubernetes.io/zone';

/**
 * By an operator, for whichever OS object: one that is gone, or does not mean the node any more, would keep it cordoned for
 * ever.
 */
export const isCordonOfOperator = ({ metadata: { annotations }, spec }: NodeObject): boolean =>
  spec.unschedulable &&
  Object.hasOwn(annotations, CORDONED_BY) &&
  annotations[CORDONED_BY] !== BY_HAND;

/** Of a node that was drained by hand, and uncordoned by other means: that name is all that is left, and keeps nobody away. */
export const isLeftByHand = ({ metadata: { annotations }, spec }: NodeObject): boolean =>
  !spec.unschedulable && annotations[CORDONED_BY] === BY_HAND;

/** KubeOS's mark: the node is being upgraded, or waits for it. */
export const UPGRADING = 'upgrade.openeuler.org/upgrading';
