import { z } from 'zod';

/** What of a Node (core/v1) says which volumes are attached to it; of one node at a time, and no more than the names. */
const nodeVolumesSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z
    .object({
      volumesInUse: z.array(z.string()).default([]),
      volumesAttached: z.array(z.object({ name: z.string() })).default([]),
    })
    .prefault({}),
});

export type NodeVolumes = Readonly<z.infer<typeof nodeVolumesSchema>>;

export const NODE_VOLUMES = {
  ...{ path: '/api/v1/nodes', schema: nodeVolumesSchema },
  keyOf: ({ metadata: { name } }: NodeVolumes) => name,
};

export const nodeNamed = (node: string) => ({ fieldSelector: `metadata.name=${node}` });

/** Volumes that are attached, or mounted by kubelet, by the names that both give them: plugin, driver and handle. */
export function volumesOf(nodes: Iterable<NodeVolumes>): readonly string[] {
  const names = [...nodes].flatMap(({ status: { volumesInUse, volumesAttached } }) => [
    ...volumesAttached.map(({ name }) => name),
    ...volumesInUse,
  ]);
  return [...new Set(names)].toSorted();
}
