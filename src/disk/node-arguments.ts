import { KubeosError } from '../errors.ts';
import { grubEnvironmentLines } from './grub-environment-lines.ts';
import { serialiseGrubEnvironment } from './grub-environment.ts';
import type { Slot, Tries } from './grub-environment-slots.ts';
import { isLiteralArgument } from './slot-files.ts';

/** On BOOT. */
export const NODE_ARGUMENTS_FILE = 'kubeos/nodeargs';
/** One sector, which a disk writes whole or not at all. */
export const NODE_ARGUMENTS_BYTES = 512;
/** Of one slot, in characters: both have to fit the sector. */
export const NODE_ARGUMENTS_LENGTH = 200;

/** For arguments that are new: a release that is on trial itself has one try left without them. */
export const NODE_ARGUMENTS_TRIES = 2;

/** Kernel arguments that a node adds to those of a release, when it boots one slot. */
export interface SlotArguments {
  readonly words: readonly string[];
  /** `ok`: they were good in a boot. Else how often GRUB still tries them; then it boots without. */
  readonly left: 'ok' | Tries;
}

export type NodeArguments = Readonly<Record<Slot, SlotArguments>>;

const NOTHING: SlotArguments = { words: [], left: 0 };
export const NO_NODE_ARGUMENTS: NodeArguments = { A: NOTHING, B: NOTHING };

/** As `templates/grub.cfg` reads them; what is damaged is no argument. Never throws. */
export function parseNodeArguments(bytes: Uint8Array): NodeArguments {
  const variables = new Map(
    grubEnvironmentLines(bytes).map(({ name, value }) => [name.toString(), value.toString()]),
  );
  const of = (slot: Slot): SlotArguments => ({
    words: (variables.get(`${slot}_args`) ?? '').split(' ').filter((word) => word !== ''),
    left: LEFT.get(variables.get(`${slot}_args_left`)) ?? 0,
  });
  return { A: of('A'), B: of('B') };
}

const LEFT: ReadonlyMap<string | undefined, SlotArguments['left']> = new Map<
  string | undefined,
  SlotArguments['left']
>([
  ['ok', 'ok'],
  ['1', 1],
  ['2', 2],
  ['3', 3],
]);

/** @throws KubeosError INTERNAL for more than fits, or a word that GRUB would not pass on as it is */
export function serialiseNodeArguments({ A, B }: NodeArguments): Uint8Array {
  for (const { words } of [A, B]) assertLiteral(words);
  const variables = new Map([
    ['A_args', A.words.join(' ')],
    ['A_args_left', String(A.left)],
    ['B_args', B.words.join(' ')],
    ['B_args_left', String(B.left)],
  ]);
  return serialiseGrubEnvironment(variables, NODE_ARGUMENTS_BYTES);
}

function assertLiteral(words: readonly string[]): void {
  const odd = words.find((word) => !isLiteralArgument(word));
  if (odd === undefined) return;
  throw new KubeosError('INTERNAL', `GRUB cannot pass the argument ${JSON.stringify(odd)}`);
}

export type TakenArguments =
  | { readonly kind: 'none' }
  | { readonly kind: 'kept' }
  /** `triesLeft` is what GRUB saves before it boots. */
  | { readonly kind: 'trial'; readonly triesLeft: Tries };

/** What `templates/grub.cfg` takes of them when it boots their slot, other than as the last resort. */
export function decideArguments({ words, left }: SlotArguments, canSave = true): TakenArguments {
  if (words.length === 0) return { kind: 'none' };
  if (left === 'ok') return { kind: 'kept' };
  return left === 0 || !canSave ? { kind: 'none' } : { kind: 'trial', triesLeft: ONE_LESS[left] };
}

const ONE_LESS = { 1: 0, 2: 1, 3: 2 } as const;
