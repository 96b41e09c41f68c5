import type { KubeApi, KubeRequest } from '../../src/kube/kube-api.ts';
import { assertDone } from '../../src/kube/status-error.ts';
import type { Pod } from '../../src/rollout/drain/pod.ts';

const STRATEGIC = { contentType: 'application/strategic-merge-patch+json' } as const;

/** Nobody connects to it (RFC 5737). */
const ADDRESS = '192.0.2.1';

/** What the API server hears of the kubelet of one node. */
export class PlayedKubelet {
  readonly #api: KubeApi;
  readonly #node: string;
  #since = { status: '', at: '' };
  /** A condition of its own. */
  isMended = false;
  /** That are mounted. */
  volumes: readonly string[] = [];

  constructor(api: KubeApi, node: string) {
    this.#api = api;
    this.#node = node;
  }

  async tellReady(isReady: boolean, bootID: string): Promise<void> {
    const now = new Date().toISOString().replace(/\.\d+/, '');
    const status = isReady ? 'True' : 'False';
    const request: KubeRequest = {
      ...{ method: 'PATCH', path: `/api/v1/nodes/${this.#node}/status`, ...STRATEGIC },
      body: {
        status: {
          nodeInfo: { bootID },
          volumesInUse: [...this.volumes],
          capacity: { cpu: '8', memory: '16Gi', pods: '110' },
          conditions: [
            {
              ...{ type: 'Ready', status, reason: 'Played', message: '', lastHeartbeatTime: now },
              lastTransitionTime: this.#sinceOf(status, now),
            },
            ...(this.isMended ? [{ type: 'PodsMended', status: 'True' }] : []),
          ],
        },
      },
    };
    assertDone(request, await this.#api.ask(request));
  }

  /** A pod that is placed here runs, and one that is to end has ended, at once; what a finalizer holds is still told of. */
  async keep(pod: Pod): Promise<void> {
    const { metadata, status } = pod;
    if (metadata.deletionTimestamp !== undefined) {
      const body = { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } };
      await this.#api.ask({ method: 'DELETE', path: pathOf(pod), body });
    } else if (status.phase === 'Pending') {
      await this.tellPod(pod, 'True');
    }
  }

  async tellPod(pod: Pod, status: 'True' | 'False'): Promise<void> {
    // Without an address no Service finds it.
    const address = { podIP: ADDRESS, podIPs: [{ ip: ADDRESS }] };
    await this.#api.ask({
      ...{ method: 'PATCH', path: `${pathOf(pod)}/status`, ...STRATEGIC },
      body: { status: { phase: 'Running', conditions: [{ type: 'Ready', status }], ...address } },
    });
  }

  #sinceOf(status: string, now: string): string {
    if (this.#since.status !== status) this.#since = { status, at: now };
    return this.#since.at;
  }
}

const pathOf = ({ metadata: { namespace, name } }: Pod): string =>
  `/api/v1/namespaces/${namespace}/pods/${name}`;
