import { meets } from './label-requirement.ts';
import type { LabelSelector, OsSpec } from './os-spec.ts';

export type Labels = Readonly<Record<string, string>>;

/** KubeOS's label by which nodes are grouped. */
export const NODE_SELECTOR = 'upgrade.openeuler.org/node-selector';
export const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

/** Whether an OS object means a node with these labels. Its own selector, where there is one, replaces KubeOS's. */
export function isSelected(
  { selector, nodeselector, strategy }: Pick<OsSpec, 'selector' | 'nodeselector' | 'strategy'>,
  labels: Labels,
): boolean {
  if (!strategy.controlPlane && Object.hasOwn(labels, CONTROL_PLANE)) return false;
  return selector === undefined ? isGrouped(nodeselector, labels) : matches(selector, labels);
}

/** `no-label`: nodes without that label; `all-label`: all nodes; else those whose label has this value. */
function isGrouped(nodeselector: string, labels: Labels): boolean {
  if (nodeselector === 'all-label') return true;
  const value = valueOf(labels, NODE_SELECTOR);
  return nodeselector === 'no-label' ? value === undefined : value === nodeselector;
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements */
export function matches(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Labels,
): boolean {
  const isEqual = Object.entries(matchLabels).every(
    ([key, value]) => valueOf(labels, key) === value,
  );
  return isEqual && matchExpressions.every((one) => meets(one, valueOf(labels, one.key)));
}

const valueOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;
