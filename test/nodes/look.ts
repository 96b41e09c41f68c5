import { z } from 'zod';
import { osInstanceSchema, type OsInstance } from '../../src/rollout/api/os-instance.ts';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';

const nodeSchema = z.object({
  spec: z.object({ unschedulable: z.boolean().default(false) }),
  status: z.object({
    nodeInfo: z.object({ bootID: z.string(), kubeletVersion: z.string() }),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })),
  }),
});

export interface SeenNode {
  readonly bootId: string;
  /** Such as `v1.36.3`. */
  readonly kubelet: string;
  readonly isReady: boolean;
  readonly isCordoned: boolean;
}

/** What the API server says of a node. Ready stays True through a restart: only another boot id shows one. */
export async function seeNode({ kubectl }: ControlPlane, name: string): Promise<SeenNode> {
  const { stdout } = await kubectl(['get', 'node', name, '-o', 'json']);
  const { spec, status } = nodeSchema.parse(JSON.parse(stdout));
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  return {
    bootId: status.nodeInfo.bootID,
    kubelet: status.nodeInfo.kubeletVersion,
    isReady: ready?.status === 'True',
    isCordoned: spec.unschedulable,
  };
}

export async function seeInstance({ kubectl }: ControlPlane, name: string): Promise<OsInstance> {
  const { stdout } = await kubectl(['get', 'osinstance', name, '-o', 'json']);
  return osInstanceSchema.parse(JSON.parse(stdout));
}

/** Those that there are yet: a proxy makes its own. */
export async function seeInstances({ kubectl }: ControlPlane): Promise<readonly OsInstance[]> {
  const { stdout } = await kubectl(['get', 'osinstances', '-o', 'json']);
  return z.object({ items: z.array(osInstanceSchema) }).parse(JSON.parse(stdout)).items;
}
