import { setTimeout as sleep } from 'node:timers/promises';
import { Backoff } from '../../kube/backoff.ts';
import { holdLease } from '../../kube/hold-lease.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { Bell } from '../bell.ts';
import { HealthWatches } from '../health/health-watches.ts';
import { watchCluster } from './cluster-watch.ts';
import { Drains } from './drains.ts';
import { Operator } from './operator.ts';
import type { DrainBy } from './step-writes.ts';
import { Events } from './tell-events.ts';
import type { OperatorMetrics } from './operator-metrics.ts';

export interface OperatorOptions {
  /** Of the lease, by which one operator of several works. */
  readonly namespace: string;
  /** Unlike that of any other operator. */
  readonly identity: string;
  readonly operatorNode: string | null;
  /** Default: the operator itself. */
  readonly drainBy?: DrainBy;
  readonly metrics: OperatorMetrics;
  readonly now: () => Date;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What comes together is looked at together. */
const SETTLE_MS = 50;
/** While a rollout goes on, gates open by time alone; that costs no request. */
const TICK_MS = 2000;

/** `kubeos operator`: works while it has the lease, until the signal. @throws where the lease was lost */
export async function runOperator(api: KubeApi, options: OperatorOptions): Promise<void> {
  const { namespace, identity: holder, log, signal } = options;
  const lease = { namespace, name: 'kubeos-operator', holder, signal, onTrouble: log };
  await holdLease(api, lease, async (held) => {
    log(`${holder} has the lease`);
    await work(api, options, held);
  });
}

async function work(api: KubeApi, options: OperatorOptions, signal: AbortSignal): Promise<void> {
  const { operatorNode, drainBy = 'operator', log, metrics, identity, now } = options;
  const bell = new Bell();
  const listener = { onChange: () => bell.ring(), onTrouble: log };
  const cluster = await watchCluster(api, { ...listener, signal });
  await using drains = new Drains(api, listener);
  await using health = new HealthWatches(api, listener);
  await using events = new Events({ api, identity, log });
  const seen = { cluster, drains, health, operatorNode, drainBy };
  const parts = { api, metrics, events, now, log, signal, ...seen };
  const operator = new Operator(parts);
  const backoff = new Backoff();
  while (!signal.aborted) {
    try {
      const isBusy = await operator.pass();
      backoff.reset();
      await bell.rung(signal, isBusy ? TICK_MS : null);
      await sleep(SETTLE_MS, undefined, { signal }).catch(() => undefined);
    } catch (error) {
      if (signal.aborted) break;
      log(error instanceof Error ? error.message : String(error));
      await backoff.wait(signal);
    }
  }
  await cluster.ended;
}
