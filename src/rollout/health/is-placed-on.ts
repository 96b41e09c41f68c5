import { meets } from '../api/label-requirement.ts';
import type { NodeObject } from '../api/node-object.ts';
import type { DaemonSet, NodeRequirement } from './daemon-set.ts';

/** Whether a DaemonSet keeps a pod on a node (kubernetes/pkg/controller/daemon: NodeShouldRunDaemonPod). */
export function isPlacedOn({ spec }: DaemonSet, node: NodeObject): boolean {
  const { nodeSelector, tolerations, affinity } = spec.template.spec;
  const { labels } = node.metadata;
  const terms =
    affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const isSelected = Object.entries(nodeSelector).every(([key, value]) => labels[key] === value);
  if (!isSelected || terms?.some((term) => meetsTerm(term, node)) === false) return false;
  return node.spec.taints.every((taint) => isTolerated(taint, tolerations));
}

type Term = NonNullable<
  NonNullable<
    NonNullable<DaemonSet['spec']['template']['spec']['affinity']>['nodeAffinity']
  >['requiredDuringSchedulingIgnoredDuringExecution']
>['nodeSelectorTerms'][number];

/** One without any requirement selects no node (core/v1 NodeSelectorTerm). */
function meetsTerm({ matchExpressions, matchFields }: Term, { metadata }: NodeObject): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labelOf = (key: string): string | undefined =>
    Object.hasOwn(metadata.labels, key) ? metadata.labels[key] : undefined;
  return (
    matchExpressions.every((one) => isMet(one, labelOf(one.key))) &&
    // metadata.name is the only field that there is.
    matchFields.every((one) => isMet(one, metadata.name))
  );
}

/** Affinity knows two operators more than a label selector. */
function isMet({ operator, values }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    case 'unknown':
      // Then a pod is waited for, and not passed over.
      return true;
    default:
      return meets({ operator, values }, value);
  }
}

type Taint = NodeObject['spec']['taints'][number];
type Toleration = DaemonSet['spec']['template']['spec']['tolerations'][number];

/** Those that the controller of DaemonSets lets its pods tolerate, whatever they say themselves. */
const ALWAYS_TOLERATED: ReadonlySet<string> = new Set(
  ['not-ready', 'unreachable', 'disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable']
    .concat('network-unavailable')
    .map((name) => `node.kubernetes.io/${name}`),
);

function isTolerated({ key, value, effect }: Taint, tolerations: readonly Toleration[]): boolean {
  if (effect === 'PreferNoSchedule' || ALWAYS_TOLERATED.has(key)) return true;
  return tolerations.some((one) => {
    if (one.effect !== '' && one.effect !== effect) return false;
    if (one.operator === 'Exists') return one.key === '' || one.key === key;
    return one.key === key && one.value === value;
  });
}
