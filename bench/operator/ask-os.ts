import type { KubeApi, KubeRequest } from '../../src/kube/kube-api.ts';
import { assertDone } from '../../src/kube/status-error.ts';
import { applyObject } from '../../src/kube/apply-object.ts';
import { osObjectSchema, type OsObject } from '../../src/rollout/api/os-object.ts';
import { API_VERSION, GROUP_PATH } from '../../src/rollout/api/resource-paths.ts';
import { digestOf } from './fleet-objects.ts';
import { setTimeout as pause } from 'node:timers/promises';

const PATH = `${GROUP_PATH}/namespaces/default/os/fleet`;

/** All nodes are to run the release with this digit. */
export async function askFor(api: KubeApi, digit: number, spec: object): Promise<void> {
  const object = {
    ...{ apiVersion: API_VERSION, kind: 'OS', metadata: { name: 'fleet', namespace: 'default' } },
    spec: {
      ...{ osversion: `${digit}.0.0`, opstype: 'upgrade', imagetype: 'disk', maxunavailable: 1 },
      ...{ release: `${digit}.0.0@${digestOf(digit)}`, nodeselector: 'all-label' },
      ...{ health: { readySeconds: 0 }, ...spec },
    },
  };
  await applyObject(api, object, { path: PATH, fieldManager: 'bench', isForced: true });
}

export async function osOf(api: KubeApi): Promise<OsObject> {
  const asked: KubeRequest = { method: 'GET', path: PATH };
  return osObjectSchema.parse(assertDone(asked, await api.ask(asked)));
}

const BOUND_MS = 45 * 60_000;

/** @throws Error with what it says, where that does not come to be */
export async function untilOs(api: KubeApi, isSo: (os: OsObject) => boolean): Promise<OsObject> {
  const endMs = Date.now() + BOUND_MS;
  for (;;) {
    const os = await osOf(api);
    if (isSo(os)) return os;
    if (Date.now() > endMs) throw new Error(JSON.stringify(os.status));
    await pause(250);
  }
}

/** Its `Ready` has this reason, for the release with this digit. */
export const reads =
  (digit: number, reason: string) =>
  ({ status }: OsObject): boolean =>
    status.rollout?.digest === digestOf(digit) &&
    status.conditions.some((one) => one.type === 'Ready' && one.reason === reason);
