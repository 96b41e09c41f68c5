import { setInterval } from 'node:timers/promises';
import type { KubeApi } from '../../kube/kube-api.ts';
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
      const away = await operatorAway(api, signal);
      if (away === undefined) continue;
      if (away !== null && !isTold) tell(away.message);
      isTold = away !== null;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
