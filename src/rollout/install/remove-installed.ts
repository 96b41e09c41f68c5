import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { listResource } from '../../kube/list-resource.ts';
import { KubeStatusError } from '../../kube/status-error.ts';
import { CORDONED_BY, nodeSchema, UPGRADING, type NodeObject } from '../api/node-object.ts';
import { FIELD_MANAGER } from '../operator/step-writer.ts';
import { OPERATOR, OPERATOR_NAMESPACE, type Manifest } from './manifest.ts';
import { removeManifest, type RemoveOptions } from './remove-manifest.ts';

export interface RemoveSettings extends RemoveOptions {
  readonly onDone: (line: string) => void;
}

const WORKLOADS: ReadonlySet<string> = new Set(['Deployment', 'DaemonSet']);

/**
 * First what acts, then what it has left on nodes, then the rest, last first. What is not there any more is no fault, so
 * that it can be asked for again.
 */
export async function removeInstalled(
  api: KubeApi,
  manifests: readonly Manifest[],
  settings: RemoveSettings,
): Promise<void> {
  const backwards = manifests.toReversed();
  const isWorkload = ({ kind }: Manifest): boolean => WORKLOADS.has(kind);
  for (const manifest of backwards.filter(isWorkload)) await remove(api, manifest, settings);
  // An operator that still lives would cordon again.
  if (!settings.isDryRun) await untilGone(api, settings);
  for (const node of await markedNodes(api, settings)) await release(api, node, settings);
  for (const manifest of backwards) {
    if (!isWorkload(manifest)) await remove(api, manifest, settings);
  }
}

async function remove(api: KubeApi, manifest: Manifest, settings: RemoveSettings): Promise<void> {
  const what = `${manifest.kind} ${manifest.metadata.name}`;
  const removal = await removeManifest(api, manifest, settings);
  if (removal === 'foreign') settings.onDone(`${what} was made by somebody else, and is kept`);
  if (removal === 'removed') settings.onDone(`${what} removed`);
}

const BOUND_MS = 120_000;
const podSchema = z.object({ metadata: z.object({ name: z.string() }) });

/** @throws KubeosError TIMED_OUT with the pods that are left */
async function untilGone(api: KubeApi, { signal, onDone }: RemoveSettings): Promise<void> {
  const query = { labelSelector: `app.kubernetes.io/name=${OPERATOR}` };
  const pods = { path: `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods`, query, schema: podSchema };
  const endMs = performance.now() + BOUND_MS;
  for (;;) {
    const { items } = await listResource(api, pods, { signal, onTrouble: onDone });
    if (items.length === 0) return;
    if (performance.now() > endMs) {
      const names = items.map(({ metadata }) => metadata.name).join(', ');
      throw new KubeosError('TIMED_OUT', `the operator does not end: ${names}`, {
        hint: `kubectl get pods -n ${OPERATOR_NAMESPACE} says why; then ask again`,
      });
    }
    await pause(1000, undefined, { signal });
  }
}

async function markedNodes(
  api: KubeApi,
  { signal, onDone }: RemoveSettings,
): Promise<readonly NodeObject[]> {
  const nodes = { path: '/api/v1/nodes', schema: nodeSchema };
  const { items } = await listResource(api, nodes, { signal, onTrouble: onDone });
  return items.filter(
    ({ metadata: { labels, annotations } }) =>
      Object.hasOwn(labels, UPGRADING) || Object.hasOwn(annotations, CORDONED_BY),
  );
}

/** All that the operator has applied to a node, its cordon too, is given up by applying nothing in its name. */
async function release(
  api: KubeApi,
  { metadata: { name, uid } }: NodeObject,
  { isDryRun, signal, onDone }: RemoveSettings,
): Promise<void> {
  // An apply makes what is not there: without its uid a machine that has just been removed would come back as a ghost.
  const nothing = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid } };
  const path = `/api/v1/nodes/${name}`;
  try {
    await applyObject(api, nothing, { path, fieldManager: FIELD_MANAGER, isDryRun, signal });
    onDone(`node ${name} is as it was before`);
  } catch (error) {
    // Nothing that is applied is in nobody's way: only a machine that is gone, or another one of its name.
    if (!(error instanceof KubeStatusError) || error.status !== 409) throw error;
  }
}
