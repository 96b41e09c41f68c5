import { setTimeout as pause } from 'node:timers/promises';
import type { KubeApi } from '../../src/kube/kube-api.ts';
import { askFor, reads, untilOs } from './ask-os.ts';
import { atOnce } from './at-once.ts';
import { digestOf, makeFleet, nameOf, tellNode } from './fleet-objects.ts';
import { startMeasuredCluster } from './measured-cluster.ts';
import { measureWindow, type Window } from './measure-window.ts';
import { startOperator, type Program } from './operator-process.ts';
import { PlayedFleet, type PlayedRun } from './played-fleet.ts';
import { timeDecisions } from './run-decisions.ts';

export interface LargeReport {
  readonly nodes: number;
  /** From the start of the process to the first word about all nodes. */
  readonly start: Window;
  /** Nothing happens. */
  readonly idle: Window;
  /** Kubelets renew what they say, so many in all. */
  readonly renewed: Window & { readonly renewals: number };
  /** One node after another, of which each is upgraded as soon as it may. */
  readonly upgrades: Window & { readonly upgraded: number };
  /** From the end of a node's run to the next node being let drain, each. */
  readonly gapsMs: readonly number[];
  /** Of one pass, over the same objects. */
  readonly decisionMs: readonly number[];
}

export interface LargeRequest {
  readonly nodes: number;
  readonly idleSeconds: number;
  readonly upgraded: number;
  readonly nodeFlags: readonly string[];
  readonly report: (text: string) => void;
}

/** An operator over thousands of nodes: at rest, with kubelets that renew, and with a rollout of one at a time. */
export async function measureLarge(program: Program, asked: LargeRequest): Promise<LargeReport> {
  const { nodes, report } = asked;
  await using measured = await startMeasuredCluster();
  const { api, cluster } = measured;
  report(`makes ${nodes} nodes`);
  await makeFleet(api, nodes, digestOf(1));
  await askFor(api, 1, {});
  report('starts the operator');
  await using operator = startOperator(program, measured.account, asked.nodeFlags);
  const started = await measureWindow(measured, operator, async () => {
    await untilOs(api, reads(1, 'AllNodesOnRelease'));
  });
  await pause(SETTLE_MS);
  report(`is idle for ${asked.idleSeconds} s`);
  const wait = async (): Promise<unknown> => await pause(asked.idleSeconds * 1000);
  const idle = await measureWindow(measured, operator, wait);
  report(`kubelets renew what they say for ${asked.idleSeconds} s`);
  const renewed = await measureWindow(measured, operator, async () => await renew(api, asked));
  report(`upgrades ${asked.upgraded} nodes, one at a time`);
  const upgrades = await measureWindow(measured, operator, async () => await upgrade(api, asked));
  report('decides');
  const decisionMs = await timeDecisions(cluster.kubeconfig);
  return {
    ...{ nodes, start: started.window, idle: idle.window, decisionMs },
    renewed: { ...renewed.window, renewals: renewed.value },
    upgrades: { ...upgrades.window, upgraded: upgrades.value.length },
    gapsMs: gapsBetween(upgrades.value),
  };
}

const SETTLE_MS = 10_000;
/** kubelet's nodeStatusReportFrequency. */
const RENEWAL_SECONDS = 300;

/** As often as so many kubelets do. @returns so many */
async function renew(api: KubeApi, { nodes, idleSeconds }: LargeRequest): Promise<number> {
  const count = Math.round((nodes * idleSeconds) / RENEWAL_SECONDS);
  const began = Date.now();
  const indices = Array.from({ length: count }, (_, index) => index);
  await atOnce(indices, 4, async (index) => {
    await pause(Math.max(0, began + (index * idleSeconds * 1000) / count - Date.now()));
    const lastHeartbeatTime = new Date().toISOString().replace(/\.\d+/, '');
    await tellNode(api, nameOf(index % nodes), {
      conditions: [{ type: 'Ready', lastHeartbeatTime }],
    });
  });
  await pause(Math.max(0, began + idleSeconds * 1000 - Date.now()));
  return count;
}

async function upgrade(api: KubeApi, { upgraded }: LargeRequest): Promise<readonly PlayedRun[]> {
  const play = { prepareMs: 0, rebootMs: 0, verifyMs: 0, faultOf: () => 'none' as const };
  await using fleet = new PlayedFleet(api, play);
  const waves = [{ size: upgraded, approval: true }];
  await askFor(api, 2, { strategy: { waves, maxUnavailable: 1 } });
  await untilOs(api, reads(2, 'AwaitingApproval'));
  if (fleet.troubles.length > 0) throw new Error(fleet.troubles.join('\n'));
  return fleet.runs;
}

function gapsBetween(runs: readonly PlayedRun[]): readonly number[] {
  const inOrder = runs.toSorted((one, other) => (one.drainMs ?? 0) - (other.drainMs ?? 0));
  return inOrder
    .slice(1)
    .map(({ drainMs }, index) => (drainMs ?? 0) - (inOrder[index]?.endedMs ?? 0));
}
