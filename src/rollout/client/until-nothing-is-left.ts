import { setTimeout as sleep } from 'node:timers/promises';
import { KubeosError } from '../../errors.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { osName } from '../api/os-object.ts';
import { observeRollouts } from '../operator/observe-rollouts.ts';
import type { Fleet } from '../plan/fleet.ts';
import { isUnderWay } from '../plan/stage.ts';
import { stageFleet } from '../plan/staged-fleet.ts';
import type { OsPlace } from './os-objects.ts';
import { readCluster } from './read-cluster.ts';

const EVERY_MS = 5000;

interface Told {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Until no node of an OS object has a run or a cordon of ours any more, but for those that nobody waits for: quarantined ones,
 * and those that are down for long. A rollout is certain to have failed before all of that is taken back.
 */
export async function untilNothingIsLeft(
  api: KubeApi,
  place: OsPlace,
  { log, signal }: Told,
): Promise<void> {
  let said = '';
  while (!signal.aborted) {
    const left = await leftOf(api, place, { log, signal }).catch((error: unknown) => {
      if (signal.aborted) return [];
      if (!(error instanceof KubeosError)) throw error;
      // An outage is waited for, as before the end was certain.
      log(error.message);
      return null;
    });
    if (left?.length === 0) return;
    const names = left?.join(', ') ?? said;
    if (names !== said) log(`brings to its end what was begun on ${names}`);
    said = names;
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function leftOf(
  api: KubeApi,
  { namespace, name }: OsPlace,
  { log, signal }: Told,
): Promise<readonly string[]> {
  const nowMs = Date.now();
  const view = await readCluster(api, { signal, onTrouble: log });
  const own = observeRollouts(view, nowMs).find(({ os }) => osName(os) === `${namespace}/${name}`);
  return own === undefined || !('fleet' in own) ? [] : leftIn(own.fleet, nowMs);
}

/** Names of the nodes. */
export const leftIn = (fleet: Fleet, nowMs: number): readonly string[] =>
  stageFleet(fleet, nowMs)
    .nodes.filter(({ stage, isCordonOurs, isQuarantined, isArmed, isLongDown }) => {
      const isKept = isQuarantined || isArmed || isLongDown;
      return isUnderWay(stage) || (isCordonOurs && !isKept);
    })
    .map(({ name }) => name);
