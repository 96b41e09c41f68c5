import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentStatus } from '../../agent/status.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import type { Watched } from '../../kube/watch-resource.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { Bell } from '../bell.ts';
import { AgentCaller } from './agent-caller.ts';
import { InstanceReport } from './instance-report.ts';
import { NodeAgent } from './node-agent.ts';
import { NodeProxy } from './node-proxy.ts';
import { OwnDrain } from './own-drain.ts';

export interface NodeWork {
  readonly nodeName: string;
  /** Of its agent, on this host. */
  readonly socket: string;
  /** Of the Node that is meant; null where nobody says. */
  readonly nodeUid: string | null;
  readonly instances: Pick<Watched<OsInstance>, 'objects' | 'remember'>;
  /** Rung when an OSInstance has changed, and here when anything else has. */
  readonly bell: Bell;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Told why the proxy cannot work just now; null: it can. */
  readonly onReadiness?: (why: string | null) => void;
  /** Why an agent that answers is none to work with; default: it is. */
  readonly refusedBecause?: (status: AgentStatus) => string | null;
  /** Why there is no answer, where something better is known than that there is none. */
  readonly awayBecause?: () => string | null;
  /** After each look. */
  readonly onLook?: (look: Look) => void;
}

export interface Look {
  readonly hasAgent: boolean;
  /** Nothing goes on, and time alone changes nothing. */
  readonly isAtRest: boolean;
}

/** What comes together is looked at together. */
const SETTLE_MS = 50;

/** The hand of one node, until the signal. */
export async function workOnNode(api: KubeApi, work: NodeWork): Promise<void> {
  const { nodeName, socket, instances, bell, log, signal } = work;
  const caller = new AgentCaller({ socket, log, signal, onEnd: () => bell.ring() });
  const agent = new NodeAgent(socket, {
    onChange: () => bell.ring(),
    onLoss: (why) => {
      log(work.awayBecause?.() ?? why);
      caller.lose();
      bell.ring();
    },
  });
  const following = agent.follow(signal);
  await using drain = new OwnDrain(api, { nodeName, log, onChange: () => bell.ring() });
  const report = new InstanceReport({ api, nodeName, remember: instances.remember, signal });
  const instance = () => instances.objects.get(nodeName) ?? null;
  const proxy = new NodeProxy({ ...work, instance, agent, caller, drain, report });
  while (!signal.aborted) {
    const wakeInMs = await proxy.pass();
    const isAtRest = wakeInMs === null && !caller.isAsking;
    work.onLook?.({ hasAgent: proxy.hasAgent, isAtRest });
    await bell.rung(signal, wakeInMs);
    await sleep(SETTLE_MS, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all([following, caller.idle()]);
}
