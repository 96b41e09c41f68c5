import { connectCluster } from '../../src/kube/connect-cluster.ts';
import type { KubeApi } from '../../src/kube/kube-api.ts';
import { osObjectSchema, type OsObject } from '../../src/rollout/api/os-object.ts';
import { OperatorMetrics } from '../../src/rollout/operator/operator-metrics.ts';
import { runOperator } from '../../src/rollout/operator/run-operator.ts';
import { applyCrds } from '../cluster/apply-crds.ts';
import {
  startControlPlane,
  type ControlPlane,
} from '../../src/demo/control-plane/control-plane.ts';
import { until } from '../../src/demo/control-plane/until.ts';
import type { Played } from './played.ts';
import { PlayedNode } from './played-node.ts';

export const ONE = `sha256:${'1'.repeat(64)}`;
export const TWO = `sha256:${'2'.repeat(64)}`;

/** A real control plane with our CRDs, nodes that are played, and the real operator. */
export interface RolloutScene extends AsyncDisposable {
  readonly cluster: ControlPlane;
  readonly api: KubeApi;
  readonly addNode: (played: Played) => Promise<PlayedNode>;
  /** As an administrator, with its lease in `default` and the clock of the machine, unless it is said otherwise. */
  readonly startOperator: (as?: Partial<OperatorPlace>) => RunningOperator;
  readonly apply: (object: object) => Promise<void>;
  readonly os: (name: string) => Promise<OsObject>;
  /** Until it is so; a failure says what the operator said, and what its objects say. */
  readonly until: (what: string, isSo: () => Promise<boolean>) => Promise<void>;
  /** Until so many nodes are in these stages. */
  readonly untilCounts: (name: string, counts: Readonly<Record<string, number>>) => Promise<void>;
  /** Until `Ready` of the OS object has this reason. */
  readonly untilReads: (name: string, reason: string) => Promise<OsObject>;
}

interface OperatorPlace {
  readonly api: KubeApi;
  readonly namespace: string;
  readonly now: () => Date;
  readonly drainBy?: 'operator' | 'proxy';
}

export interface RunningOperator {
  readonly said: () => readonly string[];
  readonly metrics: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

export async function startRolloutScene(): Promise<RolloutScene> {
  await using undo = new AsyncDisposableStack();
  const cluster = undo.use(await startControlPlane());
  await applyCrds(cluster);
  const api = connectCluster({ kubeconfig: cluster.kubeconfig });
  const os: RolloutScene['os'] = async (name) => {
    const { stdout } = await cluster.kubectl(['get', 'os', name, '-o', 'json']);
    return osObjectSchema.parse(JSON.parse(stdout));
  };
  const held = undo.move();
  const operators: RunningOperator[] = [];
  const untilSo: RolloutScene['until'] = async (what, isSo) => {
    await until(what, isSo).catch(async (cause: unknown) => {
      const fields = [
        '.metadata.name',
        '.spec.run.allowed',
        '.status.run.phase',
        '.status.waiting',
      ];
      const each = fields.map((field) => `{${field}}{" "}`).join('');
      const path = `jsonpath={range .items[*]}${each}{"\\n"}{end}`;
      const { stdout } = await cluster.kubectl(['get', 'os,osinstances', '-o', path]);
      const said = operators.flatMap((operator) => operator.said());
      throw new Error([what, ...said, stdout].join('\n'), { cause });
    });
  };
  return {
    ...{ cluster, api, os, until: untilSo },
    addNode: async (played) => {
      const node = held.use(new PlayedNode(api, played));
      await node.start();
      return node;
    },
    startOperator: (as = {}) => {
      const operator = operatorOn({ api, namespace: 'default', now: () => new Date(), ...as });
      operators.push(operator);
      held.defer(operator.stop);
      return operator;
    },
    apply: async (object) => {
      await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
    },
    untilCounts: async (name, counts) => {
      await untilSo(`os/${name} counts ${JSON.stringify(counts)}`, async () => {
        const found = (await os(name)).status.counts;
        return Object.entries(counts).every(([stage, count]) => found[stage] === count);
      });
    },
    untilReads: async (name, reason) => {
      await untilSo(`os/${name} reads ${reason}`, async () => {
        const { metadata, status } = await os(name);
        // What was said of the object before it was changed is said of another one.
        if (status.observedGeneration !== metadata.generation) return false;
        return status.conditions.some((one) => one.type === 'Ready' && one.reason === reason);
      });
      return await os(name);
    },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

/** One that has ended, because it lost its lease, is started again, as kubelet does. */
function operatorOn({ api, namespace, now, drainBy = 'operator' }: OperatorPlace): RunningOperator {
  const controller = new AbortController();
  const { signal } = controller;
  const lines: string[] = [];
  const metrics = new OperatorMetrics('test');
  const run = async (): Promise<void> => {
    await runOperator(api, {
      ...{ namespace, identity: `operator-${Math.random()}`, operatorNode: null, metrics },
      ...{ now, drainBy },
      ...{ log: (line: string) => lines.push(line), signal },
    }).catch((error: unknown) => {
      if (!signal.aborted) lines.push(`ended: ${String(error)}`);
    });
    if (!signal.aborted) await run();
  };
  const running = run();
  return {
    said: () => lines,
    metrics: async () => await metrics.text(),
    stop: async () => {
      controller.abort();
      await running;
    },
  };
}

/** What an OS object asks for, with what is short for tests. */
export const osOf = (name: string, spec: object = {}): object => ({
  ...{ apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OS' },
  metadata: { name, namespace: 'default' },
  spec: {
    ...{ osversion: '2.0.0', opstype: 'upgrade', imagetype: 'disk', maxunavailable: 1 },
    ...{ release: `2.0.0@${TWO}`, nodeselector: 'all-label', health: { readySeconds: 0 } },
    ...spec,
  },
});
