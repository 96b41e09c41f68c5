import type { NodeProgress } from '../../rollout/progress/node-progress.ts';

/** Nodes that wait for the same: ten thousand of them are a few lines. */
export interface WaitingGroup {
  readonly because: string;
  readonly nodes: readonly string[];
}

/** The largest group last: what holds a single node up is what somebody has to look at. */
export function waitingGroups(nodes: readonly NodeProgress[]): readonly WaitingGroup[] {
  const waiting = nodes.filter(({ result }) => result === 'waiting');
  const groups = Map.groupBy(waiting, becauseOf);
  return [...groups]
    .map(([because, found]) => ({ because, nodes: found.map(({ name }) => name) }))
    .toSorted((one, other) => one.nodes.length - other.nodes.length);
}

export const becauseOf = ({ gates, doing }: Pick<NodeProgress, 'gates' | 'doing'>): string =>
  gates.length === 0
    ? (NEXT[doing] ?? doing)
    : gates.map(({ gate, because }) => `${gate}: ${because}`).join('; ');

/** Nothing is in its way: the operator comes to it in its next pass. */
const NEXT: Readonly<Record<string, string>> = { pending: 'begins next', prepared: 'goes on next' };
