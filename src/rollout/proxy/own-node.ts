import { z } from 'zod';

/** What the proxy looks at of its own Node (core/v1). */
export const ownNodeSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  status: z
    .object({
      nodeInfo: z.object({ bootID: z.string().default('') }).prefault({}),
      conditions: z
        .array(
          z.object({
            ...{ type: z.string(), status: z.string() },
            lastTransitionTime: z.string().nullish(),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

export type OwnNode = Readonly<z.infer<typeof ownNodeSchema>>;

/** A node that is Ready, and since when it was seen to be. */
export interface Readiness {
  /** Another one is another time of being Ready. */
  readonly of: string;
  readonly sinceMs: number;
}

/**
 * Whether the node is Ready in this boot. A `True` that kubelet wrote before the restart says nothing; and since when it
 * holds is counted from when it was seen, because clocks of machines differ.
 */
export function trackReady(
  before: Readiness | null,
  { node, bootId }: { readonly node: OwnNode | null; readonly bootId: string },
  nowMs: number,
): Readiness | null {
  const ready = node?.status.conditions.find(({ type }) => type === 'Ready');
  if (node?.status.nodeInfo.bootID !== bootId || ready?.status !== 'True') return null;
  const of = `${bootId} ${ready.lastTransitionTime ?? ''}`;
  return before?.of === of ? before : { of, sinceMs: nowMs };
}
