import { setTimeout as sleep } from 'node:timers/promises';
import { KubeApi, type KubeAnswer, type KubeRequest } from './kube-api.ts';

/** A person waits: longer than this nobody is kept without a word. */
const PATIENCE_MS = 30_000;

/**
 * For commands of a person or a pipeline, which ask once: a server that says when it wants to be asked again is asked again, as
 * client-go does for kubectl. One whose CRDs are new says 429 "storage is (re)initializing" for a moment. What runs for long
 * has its own way with a busy server.
 */
export class PatientApi extends KubeApi {
  override async ask(asked: KubeRequest): Promise<KubeAnswer> {
    const untilMs = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await super.ask(asked);
      const waitMs = waitOf(answer);
      if (waitMs === null || Date.now() + waitMs > untilMs) return answer;
      await pause(waitMs, asked);
    }
  }
}

/** Where it is cut short, the next request ends with the signal's own reason. */
async function pause(waitMs: number, { signal }: KubeRequest): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  await sleep(waitMs, undefined, options).catch(() => undefined);
}

/** Null where it is an answer. (https://github.com/kubernetes/client-go, rest/with_retry.go) */
function waitOf({ status, retryAfter }: KubeAnswer): number | null {
  const isBusy = status === 429 || status >= 500;
  return isBusy && retryAfter !== null ? Math.max(retryAfter * 1000, SHORTEST_MS) : null;
}

/** A server that says "at once" would be asked without end. */
const SHORTEST_MS = 100;
