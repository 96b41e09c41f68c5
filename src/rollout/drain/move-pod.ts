import { evictPod } from '../../kube/evict-pod.ts';
import type { KubeAnswer, KubeApi } from '../../kube/kube-api.ts';
import { meaningOf, type EvictionMeaning } from './eviction-reply.ts';
import { MOST_MS, type Asked } from './plan-drain.ts';
import type { Pod } from './pod.ts';

/** Where nothing was said of when to come back. */
export const BUSY_MS = 5000;

/** Evicts a pod, or deletes it. @returns what is remembered of the answer; null: there is nothing to wait for but its end */
export async function movePod(
  api: KubeApi,
  pod: Pod,
  { isForced, signal }: { readonly isForced: boolean; readonly signal: AbortSignal },
): Promise<Asked | null> {
  const { namespace, name, uid } = pod.metadata;
  const answer = isForced
    ? await deletePod(api, pod, signal)
    : await evictPod(api, { namespace, name, uid }, { signal });
  return askedAfter(meaningOf(answer), Date.now());
}

function askedAfter(meaning: EvictionMeaning, nowMs: number): Asked | null {
  switch (meaning.kind) {
    case 'evicted':
      // It ends now; asked once more only where nothing has come of it.
      return { because: 'was evicted, and is ending', againMs: nowMs + 2 * MOST_MS };
    case 'gone':
      return null;
    case 'budget':
      return { because: meaning.because, againMs: nowMs + meaning.retryMs };
    case 'busy':
      return { because: meaning.because, againMs: nowMs + (meaning.retryMs ?? BUSY_MS) };
    case 'namespace-ends':
      return { because: 'goes with its namespace', againMs: null };
    case 'misconfigured':
      return { because: `${meaning.because}: ${meaning.remedy}`, againMs: nowMs + MOST_MS };
    case 'forbidden':
      return { because: `may not be evicted: ${meaning.because}`, againMs: nowMs + MOST_MS };
    default:
      return meaning satisfies never;
  }
}

async function deletePod(
  api: KubeApi,
  { metadata }: Pod,
  signal: AbortSignal,
): Promise<KubeAnswer> {
  return await api.ask({
    method: 'DELETE',
    path: `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`,
    body: {
      ...{ apiVersion: 'v1', kind: 'DeleteOptions' },
      preconditions: { uid: metadata.uid },
    },
    signal,
  });
}
