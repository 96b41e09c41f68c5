import { setInterval } from 'node:timers/promises';
import type { KubeApi } from '../../kube/kube-api.ts';
import { KubeosError } from '../../errors.ts';
import { operatorAway } from '../../rollout/client/operator-away.ts';

export interface Telling {
  readonly everyMs: number;
  readonly tell: (why: string) => void;
  readonly signal: AbortSignal;
}

/** Until the signal: says once that no operator works, and again where one came and went. */
export async function tellOperatorAway(
  api: KubeApi,
  { everyMs, tell, signal }: Telling,
): Promise<void> {
  let isTold = false;
  try {
    for await (const _ of setInterval(everyMs, undefined, { signal, ref: false })) {
      const away = await awayNow(api, signal);
      if (away === 'unknown') continue;
      if (away !== null && !isTold) tell(away.message);
      isTold = away !== null;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** An API server that is away is told by who waits for it. */
async function awayNow(api: KubeApi, signal: AbortSignal) {
  try {
    return await operatorAway(api, signal);
  } catch (error) {
    if (!(error instanceof KubeosError)) throw error;
    return 'unknown';
  }
}
