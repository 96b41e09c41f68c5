import { applyObject } from '../../src/kube/apply-object.ts';
import type { KubeApi, KubeRequest } from '../../src/kube/kube-api.ts';
import { assertDone } from '../../src/kube/status-error.ts';
import { nodeSchema } from '../../src/rollout/api/node-object.ts';
import { FIELD_MANAGER } from '../../src/rollout/operator/step-writer.ts';
import { INSTANCES_PATH } from '../../src/rollout/api/resource-paths.ts';
import { firstInstance } from '../../src/rollout/operator/instance-writes.ts';
import { atOnce } from './at-once.ts';
import { largeNode } from './large-node.ts';

const AT_ONCE = 16;

export const digestOf = (digit: number): string => `sha256:${String(digit).repeat(64)}`;

export const nameOf = (index: number): string => `node-${String(index).padStart(4, '0')}`;

/** Nodes as kubelets register them, and OSInstances as an operator has made them and a proxy has filled them in. */
export async function makeFleet(api: KubeApi, count: number, digest: string): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => nameOf(index));
  await atOnce(names, AT_ONCE, async (name) => {
    const node = nodeSchema.parse(await post(api, '/api/v1/nodes', largeNode(name)));
    const path = `${INSTANCES_PATH}/${name}`;
    await applyObject(api, firstInstance(node).object, { path, fieldManager: FIELD_MANAGER });
    await tellStatus(api, name, restingStatus(name, digest));
  });
}

const restingStatus = (name: string, digest: string): object => ({
  ...{ observedGeneration: 1, agentVersion: '0.1.0' },
  booted: { slot: 'A', digest, bootId: `boot-${name}`, version: '1.0.0' },
  slots: {
    A: { state: 'committed', version: '1.0.0', digest },
    B: { state: 'empty' },
  },
  conditions: [
    {
      ...{ type: 'AgentAvailable', status: 'True', reason: 'Answers', message: '' },
      lastTransitionTime: new Date().toISOString(),
    },
  ],
});

export async function tellStatus(api: KubeApi, name: string, status: object): Promise<void> {
  await merge(api, `${INSTANCES_PATH}/${name}/status`, { status });
}

/** As kubelet patches its Node. */
export async function tellNode(api: KubeApi, name: string, status: object): Promise<void> {
  const path = `/api/v1/nodes/${name}/status`;
  const contentType = 'application/strategic-merge-patch+json';
  const asked: KubeRequest = { method: 'PATCH', path, contentType, body: { status } };
  assertDone(asked, await api.ask(asked));
}

async function merge(api: KubeApi, path: string, body: object): Promise<void> {
  const contentType = 'application/merge-patch+json';
  const asked: KubeRequest = { method: 'PATCH', path, contentType, body };
  assertDone(asked, await api.ask(asked));
}

async function post(api: KubeApi, path: string, body: object): Promise<unknown> {
  const asked: KubeRequest = { method: 'POST', path, body };
  return assertDone(asked, await api.ask(asked));
}
