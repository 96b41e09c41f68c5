import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi } from '../../kube/kube-api.ts';
import { watchResource, type Watched } from '../../kube/watch-resource.ts';
import { osInstanceSchema, type OsInstance } from '../api/os-instance.ts';
import { Bell } from '../bell.ts';
import { AgentCaller } from './agent-caller.ts';
import { InstanceReport, instancesPath } from './instance-report.ts';
import { NodeAgent } from './node-agent.ts';
import { NodeProxy } from './node-proxy.ts';
import { ownNodeSchema, type OwnNode } from './own-node.ts';

export interface ProxyOptions {
  readonly nodeName: string;
  /** Of the OSInstances. */
  readonly namespace: string;
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
 * `kubeos proxy`: one node's hand, until the signal. Two watches and one stream of events tell it what there is; while
 * nothing happens it asks for nothing.
 */
export async function runProxy(api: KubeApi, options: ProxyOptions): Promise<void> {
  const { socket, log, signal, nodeName: name, namespace } = options;
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
  const watched = watchOwn(api, options, onChange);
  const following = agent.follow(signal);
  await Promise.race([watched.listed, watched.ended]);
  const report = new InstanceReport(api, { namespace, name });
  const proxy = new NodeProxy({ ...watched, ...options, agent, caller, report });
  while (!signal.aborted) {
    await bell.rung(signal, await proxy.pass());
    await sleep(SETTLE_MS, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all([watched.ended, following, caller.idle()]);
}

interface OwnObjects {
  readonly instance: () => OsInstance | null;
  readonly node: () => OwnNode | null;
  readonly listed: Promise<unknown>;
  readonly ended: Promise<unknown>;
}

function watchOwn(api: KubeApi, options: ProxyOptions, onChange: () => void): OwnObjects {
  const { nodeName, namespace, log: onTrouble, signal } = options;
  const listener = { onChange, onTrouble, signal };
  const query = { fieldSelector: `metadata.name=${nodeName}` };
  const keyOf = ({ metadata }: { readonly metadata: { readonly name: string } }): string =>
    metadata.name;
  const path = instancesPath(namespace);
  const instances = watchResource(api, { path, query, schema: osInstanceSchema, keyOf }, listener);
  const nodes = watchResource(
    api,
    { path: '/api/v1/nodes', query, schema: ownNodeSchema, keyOf },
    listener,
  );
  const own = <T>({ objects }: Watched<T>): T | null => objects.get(nodeName) ?? null;
  return {
    instance: () => own(instances),
    node: () => own(nodes),
    listed: Promise.all([instances.listed, nodes.listed]),
    ended: Promise.all([instances.ended, nodes.ended]),
  };
}
