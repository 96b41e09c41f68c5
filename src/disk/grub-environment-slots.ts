import type { GrubVariables } from './grub-environment.ts';

export type Slot = 'A' | 'B';

/** Boots left for a slot on trial. */
export type Tries = 0 | 1 | 2 | 3;

export interface SlotState {
  /** Committed: booted without counting. */
  readonly ok: boolean;
  readonly tries: Tries;
}

/** What the GRUB environment block says about the two slots; contract section 2. */
export interface SlotEnvironment {
  readonly order: 'A B' | 'B A';
  readonly A: SlotState;
  readonly B: SlotState;
}

/**
 * The slots as `templates/grub.cfg` sees them. Any value that is not one of ours counts as unset. A block that
 * says nothing of either slot (new, or damaged) leaves both of them bootable: it must not cost the node its boot.
 */
export function slotEnvironmentOf(variables: GrubVariables): SlotEnvironment {
  const order = variables.get('order') === 'B A' ? 'B A' : 'A B';
  if (COUNTERS.every((name) => (variables.get(name) ?? '') === '')) {
    return { order, A: COMMITTED, B: COMMITTED };
  }
  return { order, A: slotStateOf(variables, 'A'), B: slotStateOf(variables, 'B') };
}

/** All of our variables, in the order in which they stand in the block. */
export function grubVariablesOf({ order, A, B }: SlotEnvironment): GrubVariables {
  return new Map([
    ['order', order],
    ['A_ok', A.ok ? '1' : '0'],
    ['A_tries', String(A.tries)],
    ['B_ok', B.ok ? '1' : '0'],
    ['B_tries', String(B.tries)],
  ]);
}

const COUNTERS = ['A_ok', 'A_tries', 'B_ok', 'B_tries'];
const COMMITTED: SlotState = { ok: true, tries: 0 };
const TRIES: ReadonlyMap<string | undefined, Tries> = new Map([
  ['1', 1],
  ['2', 2],
  ['3', 3],
]);

function slotStateOf(variables: GrubVariables, slot: Slot): SlotState {
  return {
    ok: variables.get(`${slot}_ok`) === '1',
    tries: TRIES.get(variables.get(`${slot}_tries`)) ?? 0,
  };
}
