import type { Slot, SlotEnvironment, Tries } from './grub-environment-slots.ts';

/** One boot that GRUB tries; where it cannot load what the slot holds, it goes on to the next. */
export type BootAttempt =
  | { readonly kind: 'committed'; readonly slot: Slot }
  /** `triesLeft` is what GRUB saves before it boots. */
  | { readonly kind: 'trial'; readonly slot: Slot; readonly triesLeft: Tries }
  /** No slot could be booted: counters are ignored and nothing is written. */
  | { readonly kind: 'last-resort'; readonly slot: Slot };

/**
 * The attempts that `templates/grub.cfg` makes with this environment, in order; after the last one it reboots.
 * The last resort goes the other way round, since what was preferred has just been found wanting.
 *
 * @param canSave whether GRUB can write to the block (`canGrubSave`): a try that it cannot save is not made
 */
export function decideSlot(environment: SlotEnvironment, canSave = true): readonly BootAttempt[] {
  const order: readonly Slot[] = environment.order === 'B A' ? ['B', 'A'] : ['A', 'B'];
  return [
    ...order
      .flatMap((slot) => attemptsOf(slot, environment))
      .filter(({ kind }) => canSave || kind === 'committed'),
    ...order.toReversed().map((slot) => ({ kind: 'last-resort', slot }) as const),
  ];
}

function attemptsOf(slot: Slot, environment: SlotEnvironment): BootAttempt[] {
  const { ok, tries } = environment[slot];
  if (ok) return [{ kind: 'committed', slot }];
  return tries === 0 ? [] : [{ kind: 'trial', slot, triesLeft: ONE_LESS[tries] }];
}

const ONE_LESS = { 1: 0, 2: 1, 3: 2 } as const;
