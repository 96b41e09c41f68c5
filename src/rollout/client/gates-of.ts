import type { OsObject } from '../api/os-object.ts';
import type { Waiting } from '../plan/step.ts';

export interface ToldGate {
  readonly gate: string;
  readonly because: string;
}

/** Which pods do not leave, which are not Ready again, what it may not write, and where it runs itself, the operator alone knows. */
const OPERATOR_SEES: ReadonlySet<string> = new Set([
  ...['drain', 'health', 'operatorLast', 'write'],
]);

/** What each node waits for: by the planner, which says it of all nodes, and by the operator, which says it of the first ones. */
export function gatesOf(
  planned: readonly Waiting[],
  { status }: Pick<OsObject, 'status'>,
): (node: string) => readonly ToldGate[] {
  const of = new Map(planned.map(({ node, gates }) => [node, gates]));
  const told = new Map(status.waiting.map(({ node, gates }) => [node, gates]));
  return (node) => [
    ...(of.get(node) ?? []).filter(({ gate }) => !OPERATOR_SEES.has(gate)),
    ...(told.get(node) ?? []).filter(({ gate }) => OPERATOR_SEES.has(gate)),
  ];
}
