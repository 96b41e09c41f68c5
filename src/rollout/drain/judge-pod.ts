import { matches } from '../api/select-nodes.ts';
import type { DrainRules, PodRule } from './drain-rules.ts';
import { controllerOf, isFinished, podName, type Pod } from './pod.ts';

/** What else is known of the cluster. */
export interface DrainView {
  readonly rules: DrainRules;
  /** `namespace/name` of the DaemonSets that there are. */
  readonly daemonSets: ReadonlySet<string>;
}

export type Judgement =
  /** It stays, and nobody waits for it. */
  | { readonly kind: 'leave'; readonly because: string }
  /** Deleted where that does not end it so long after the beginning of the drain; null for never. */
  | { readonly kind: 'evict'; readonly forceAfterMs: number | null }
  /** It goes by itself, or is to be waited for until the deadline. */
  | { readonly kind: 'await'; readonly because: string }
  /** A person has to decide. */
  | { readonly kind: 'block'; readonly because: string; readonly remedy: string };

/** By this label a pod says for itself what a drain is to do with it. */
export const DRAIN_LABEL = 'upgrade.openeuler.org/drain';

/** Which pods leave a node, and why not the others; the first rule that has something to say decides. */
export function judgePod(pod: Pod, view: DrainView): Judgement {
  for (const rule of RULES) {
    const judgement = rule(pod, view);
    if (judgement !== null) return judgement;
  }
  return EVICT;
}

type Rule = (pod: Pod, view: DrainView) => Judgement | null;

const leave = (because: string): Judgement => ({ kind: 'leave', because });
const EVICT: Judgement = { kind: 'evict', forceAfterMs: null };
const wait = (because: string): Judgement => ({ kind: 'await', because });

/** kubelet makes them from files; the API server only shows them. */
const mirror: Rule = ({ metadata }) =>
  Object.hasOwn(metadata.annotations, 'kubernetes.io/config.mirror') ? leave('a static pod') : null;

const finished: Rule = (pod) => (isFinished(pod) ? leave('has finished') : null);

const perNode: Rule = (pod, { rules, daemonSets }) => {
  const controller = controllerOf(pod);
  if (controller === null) return null;
  const { kind, name } = controller;
  if (rules.perNodeKinds.includes(kind)) return leave(`belongs to this node by ${kind} ${name}`);
  // One whose DaemonSet is gone is made anew by nobody, here or elsewhere.
  const isThere = daemonSets.has(`${pod.metadata.namespace}/${name}`);
  return kind === 'DaemonSet' && isThere
    ? leave(`belongs to this node by DaemonSet ${name}`)
    : null;
};

const terminating: Rule = ({ metadata: { deletionTimestamp, finalizers } }) => {
  if (deletionTimestamp === undefined) return null;
  const held = finalizers.length === 0 ? '' : `, held by ${finalizers.join(', ')}`;
  return wait(`is ending since ${deletionTimestamp}${held}`);
};

const byLabel: Rule = ({ metadata: { labels } }) => {
  const wish = Object.hasOwn(labels, DRAIN_LABEL) ? labels[DRAIN_LABEL] : undefined;
  if (wish === 'skip') return leave(`says so itself (${DRAIN_LABEL}: skip)`);
  return wish === 'wait-completed' ? wait('runs to its end') : null;
};

function ruleFor({ metadata }: Pod, { pods }: DrainRules): PodRule['action'] | null {
  const found = pods.find(
    ({ selector, namespace }) =>
      (namespace === null || namespace === metadata.namespace) &&
      matches(selector, metadata.labels),
  );
  return found?.action ?? null;
}

/** What the OS object says of it. */
const stays: Rule = (pod, { rules }) => {
  const action = ruleFor(pod, rules);
  if (action === 'skip') return leave('drain.pods says skip');
  return action === 'wait' ? wait('runs to its end (drain.pods says wait)') : null;
};

/** Whoever has said so knows of its data, and that it asks not to be disturbed. */
const goes: Rule = (pod, { rules }) => {
  const action = ruleFor(pod, rules);
  if (action === null || action === 'skip' || action === 'wait') return null;
  return action === 'evict' ? EVICT : { kind: 'evict', ...action };
};

/** What others have agreed on for autoscalers means the same to us: not now. */
const DO_NOT_DISTURB: ReadonlyMap<string, string> = new Map([
  ['cluster-autoscaler.kubernetes.io/safe-to-evict', 'false'],
  ['karpenter.sh/do-not-disrupt', 'true'],
]);

const undisturbed: Rule = ({ metadata: { annotations } }) => {
  const asked = [...DO_NOT_DISTURB].find(
    ([name, value]) => Object.hasOwn(annotations, name) && annotations[name] === value,
  );
  return asked === undefined ? null : wait(`asks not to be disturbed (${asked.join(': ')})`);
};

const unmanaged: Rule = (pod, { rules }) => {
  if (controllerOf(pod) !== null || rules.unmanaged === 'evict') return null;
  if (rules.unmanaged === 'leave') return leave('nothing makes it anew');
  return {
    ...{ kind: 'block', because: 'nothing makes it anew elsewhere' },
    remedy: `delete it (kubectl delete pod -n ${pod.metadata.namespace} ${pod.metadata.name}), label it ${DRAIN_LABEL}=skip, or say drain.unmanaged: evict`,
  };
};

const emptyDir: Rule = (pod, { rules }) => {
  const has = pod.spec.volumes.some((volume) => volume.emptyDir !== undefined);
  if (!has || rules.emptyDir === 'evict') return null;
  return {
    ...{ kind: 'block', because: 'has data in an emptyDir, which would be lost' },
    remedy: `save it, then delete ${podName(pod)}, or say drain.emptyDir: evict`,
  };
};

const RULES: readonly Rule[] = [
  ...[mirror, finished, perNode, byLabel, stays, terminating, goes],
  ...[undisturbed, unmanaged, emptyDir],
];
