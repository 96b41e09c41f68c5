import { setTimeout as pause } from 'node:timers/promises';
import { nodeSchema, type NodeObject } from '../../src/rollout/api/node-object.ts';
import type { KubeApi } from '../../src/kube/kube-api.ts';
import { watchResource } from '../../src/kube/watch-resource.ts';
import { askFor, untilOs } from './ask-os.ts';
import { digestOf, makeFleet } from './fleet-objects.ts';
import { startMeasuredCluster } from './measured-cluster.ts';
import { measureWindow, type Window } from './measure-window.ts';
import { startOperator, type Program } from './operator-process.ts';
import { PlayedFleet, type PlayedFault, type PlayedRun } from './played-fleet.ts';
import { shortestTimes, type WaveBound } from './shortest-time.ts';

export interface RolloutReport {
  readonly nodes: number;
  /** So many times faster than a machine of `REAL` the played ones are. */
  readonly speed: number;
  readonly failed: number;
  readonly current: number;
  readonly mostAway: number;
  readonly places: number;
  readonly shortest: readonly WaveBound[];
  readonly window: Window;
}

export interface RolloutRequest {
  readonly nodes: number;
  readonly speed: number;
  readonly nodeFlags: readonly string[];
  readonly report: (text: string) => void;
}

/** What a machine takes: to fetch and write, to boot, to be healthy for long enough. */
export const REAL = { prepareMs: 60_000, rebootMs: 60_000, verifyMs: 30_000 };

const CANARIES = 10;
const FIRST = 100;

/** A canary, a tenth, the rest; a tenth is away at most, and a tenth of the nodes does not take the release. */
export async function measureRollout(
  program: Program,
  { nodes, speed, nodeFlags, report }: RolloutRequest,
): Promise<RolloutReport> {
  await using measured = await startMeasuredCluster();
  const { api } = measured;
  report(`makes ${nodes} nodes`);
  await makeFleet(api, nodes, digestOf(1));
  await using operator = startOperator(program, measured.account, nodeFlags);
  await askFor(api, 1, {});
  await untilOs(api, ({ status }) => status.counts['current'] === nodes);
  const play = {
    ...{ prepareMs: REAL.prepareMs / speed, rebootMs: REAL.rebootMs / speed },
    ...{ verifyMs: REAL.verifyMs / speed, faultOf: faultOfNode },
  };
  await using fleet = new PlayedFleet(api, play);
  await using away = watchAway(api);
  const places = Math.floor(nodes / 10);
  const waves = [{ size: CANARIES }, { size: FIRST }];
  const limits = { maxUnavailable: '10%', failureBudget: '15%', maxPreparing: 100 };
  report('rolls out');
  const { window } = await measureWindow(measured, operator, async () => {
    await askFor(api, 2, { strategy: { waves, ...limits } });
    await untilOs(api, ({ status: { counts, target } }) => {
      const over = (counts['current'] ?? 0) + (counts['out'] ?? 0);
      return target?.digest === digestOf(2) && over === nodes;
    });
  });
  await pause(1000);
  if (fleet.troubles.length > 0) throw new Error(fleet.troubles.join('\n'));
  const { runs } = fleet;
  return {
    ...{ nodes, speed, places, window, mostAway: away.most() },
    failed: runs.filter(({ fault }) => fault !== 'none').length,
    current: runs.filter(({ fault }) => fault === 'none').length,
    shortest: shortestTimes(wavesOf(runs), play, places),
  };
}

/** In the order in which they were begun. */
const wavesOf = (runs: readonly PlayedRun[]): readonly (readonly PlayedRun[])[] => [
  runs.slice(0, CANARIES),
  runs.slice(CANARIES, CANARIES + FIRST),
  runs.slice(CANARIES + FIRST),
];

/** One of ten: the release is not healthy there, or does not come. */
function faultOfNode(name: string): PlayedFault {
  const number = Number(name.slice(-4));
  if (number % 20 === 3) return 'falls-back';
  return number % 20 === 13 ? 'cannot-prepare' : 'none';
}

/** As somebody else than the operator sees it. */
function watchAway(api: KubeApi) {
  const controller = new AbortController();
  let most = 0;
  const nodes = watchResource<NodeObject>(
    api,
    { path: '/api/v1/nodes', schema: nodeSchema, keyOf: ({ metadata }) => metadata.name },
    {
      ...{ onTrouble: () => undefined, signal: controller.signal },
      onChange: () => {
        const away = [...nodes.objects.values()].filter(({ spec }) => spec.unschedulable);
        most = Math.max(most, away.length);
      },
    },
  );
  return {
    most: () => most,
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await nodes.ended;
    },
  };
}
