import { evictPod } from '../../kube/evict-pod.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { listResource, type ListOptions } from '../../kube/list-resource.ts';
import { DAEMON_SETS, PODS, podsOn } from './drained-objects.ts';
import { meaningOf, type EvictionMeaning } from './eviction-reply.ts';
import type { DrainRules } from './drain-rules.ts';
import { judgePod, type DrainView } from './judge-pod.ts';
import { podName, type Pod } from './pod.ts';

/** What a drain would do with one pod now. */
export interface PodVerdict {
  readonly pod: string;
  /** `stays`: nobody waits for it; `leaves`; `waits`: not now, but it may; `blocked`: a person has to do something. */
  readonly verdict: 'stays' | 'leaves' | 'waits' | 'blocked';
  readonly because: string;
  readonly remedy: string | null;
}

/** Asks the API server of each pod whether it might be evicted; nothing is changed (dry run). */
export async function tryDrain(
  api: KubeApi,
  node: string,
  { rules, ...options }: ListOptions & { readonly rules: DrainRules },
): Promise<readonly PodVerdict[]> {
  const pods = await listResource(api, { ...PODS, query: podsOn(node) }, options);
  const daemonSets = await listResource(api, DAEMON_SETS, options);
  const view = { rules, daemonSets: new Set(daemonSets.items.map(DAEMON_SETS.keyOf)) };
  const verdicts: PodVerdict[] = [];
  for (const pod of pods.items) verdicts.push(await verdictOf(api, pod, { view, ...options }));
  return verdicts;
}

async function verdictOf(
  api: KubeApi,
  pod: Pod,
  { view, signal }: { readonly view: DrainView; readonly signal: AbortSignal },
): Promise<PodVerdict> {
  const named = { pod: podName(pod), because: '', remedy: null };
  const judgement = judgePod(pod, view);
  switch (judgement.kind) {
    case 'leave':
      return { ...named, verdict: 'stays', because: judgement.because };
    case 'await':
      return { ...named, verdict: 'waits', because: judgement.because };
    case 'block': {
      const { because, remedy } = judgement;
      return { ...named, verdict: 'blocked', because, remedy };
    }
    case 'evict': {
      const { namespace, name, uid } = pod.metadata;
      const answer = await evictPod(api, { namespace, name, uid }, { isDryRun: true, signal });
      return { ...named, ...ofAnswer(meaningOf(answer)) };
    }
    default:
      return judgement satisfies never;
  }
}

function ofAnswer(meaning: EvictionMeaning): Partial<PodVerdict> & Pick<PodVerdict, 'verdict'> {
  switch (meaning.kind) {
    case 'evicted':
    case 'gone':
    case 'namespace-ends':
      return { verdict: 'leaves' };
    case 'budget':
    case 'busy':
      return { verdict: 'waits', because: meaning.because };
    case 'misconfigured':
      return { verdict: 'blocked', because: meaning.because, remedy: meaning.remedy };
    case 'forbidden':
      return { verdict: 'blocked', because: meaning.because };
    default:
      return meaning satisfies never;
  }
}
