import { Backoff } from '../../kube/backoff.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { KubeStatusError } from '../../kube/status-error.ts';
import { watchResource } from '../../kube/watch-resource.ts';
import { KubeosError } from '../../errors.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { Bell } from '../bell.ts';
import { INSTANCES_PATH } from '../api/resource-paths.ts';
import { ownNodeUid } from './own-identity.ts';
import { workOnNode } from './work-on-node.ts';

export interface ProxyOptions {
  readonly nodeName: string;
  /** Of the agent, for proxies. */
  readonly socket: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Told why the proxy cannot work just now; null: it can. */
  readonly onReadiness?: (why: string | null) => void;
}

/**
 * `kubeos proxy`: one node's hand, until the signal. A watch of one object and the agent's events tell it what there is; while
 * nothing happens it asks for nothing.
 */
export async function runProxy(api: KubeApi, options: ProxyOptions): Promise<void> {
  const { nodeName, signal } = options;
  const nodeUid = await untilAnswered(options, async () => ownNodeUid(api, nodeName, signal));
  const bell = new Bell();
  const instances = watchOwn(api, options, () => bell.ring());
  await Promise.race([instances.listed, instances.ended]);
  await workOnNode(api, { ...options, nodeUid, instances, bell });
  await instances.ended;
}

function watchOwn(api: KubeApi, options: ProxyOptions, onChange: () => void) {
  const { nodeName, log: onTrouble, signal } = options;
  const resource = {
    ...{ path: INSTANCES_PATH, query: { fieldSelector: `metadata.name=${nodeName}` } },
    ...{ schema: osInstanceSchema, keyOf: () => nodeName },
  };
  return watchResource(api, resource, { onChange, onTrouble, signal });
}

/** A node that starts may be up before the API server can be reached from it. */
async function untilAnswered<T>(
  { log, signal, onReadiness }: ProxyOptions,
  ask: () => Promise<T>,
): Promise<T | null> {
  const backoff = new Backoff();
  while (!signal.aborted) {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted) break;
      if (!isAway(error)) throw error;
      log(error.message);
      onReadiness?.(error.message);
      await backoff.wait(signal);
    }
  }
  return null;
}

const isAway = (error: unknown): error is KubeosError =>
  error instanceof KubeStatusError
    ? error.status >= 429
    : error instanceof KubeosError && error.code === 'CLUSTER';
