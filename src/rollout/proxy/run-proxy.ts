import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '../../kube/backoff.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { KubeStatusError } from '../../kube/status-error.ts';
import { watchResource } from '../../kube/watch-resource.ts';
import { KubeosError } from '../../errors.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { Bell } from '../bell.ts';
import { INSTANCES_PATH } from '../operator/step-writes.ts';
import { AgentCaller } from './agent-caller.ts';
import { InstanceReport } from './instance-report.ts';
import { NodeAgent } from './node-agent.ts';
import { NodeProxy } from './node-proxy.ts';
import { ownNodeUid } from './own-identity.ts';

export interface ProxyOptions {
  readonly nodeName: string;
  /** Of the agent, for proxies. */
  readonly socket: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Told why the proxy cannot work just now; null: it can. */
  readonly onReadiness?: (why: string | null) => void;
}

/** What comes together is looked at together. */
const SETTLE_MS = 50;

/**
 * `kubeos proxy`: one node's hand, until the signal. A watch of one object and the agent's events tell it what there is; while
 * nothing happens it asks for nothing.
 */
export async function runProxy(api: KubeApi, options: ProxyOptions): Promise<void> {
  const { nodeName, socket, log, signal } = options;
  const nodeUid = await untilAnswered(options, async () => ownNodeUid(api, nodeName, signal));
  const bell = new Bell();
  const onChange = (): void => bell.ring();
  const caller = new AgentCaller({ socket, log, signal, onEnd: onChange });
  const agent = new NodeAgent(socket, {
    onChange,
    onLoss: (why) => {
      log(why);
      caller.lose();
      bell.ring();
    },
  });
  const instances = watchOwn(api, options, onChange);
  const following = agent.follow(signal);
  await Promise.race([instances.listed, instances.ended]);
  const { remember } = instances;
  const report = new InstanceReport({ api, nodeName, remember, signal });
  const instance = () => instances.objects.get(nodeName) ?? null;
  const proxy = new NodeProxy({ ...options, instance, nodeUid, agent, caller, report });
  while (!signal.aborted) {
    await bell.rung(signal, await proxy.pass());
    await sleep(SETTLE_MS, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all([instances.ended, following, caller.idle()]);
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
