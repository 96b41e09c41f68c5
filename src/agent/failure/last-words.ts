import { z } from 'zod';

const MAX_LINES = 24;
const MAX_LETTERS = 200;

/** What the boots of a trial left behind: nothing, where the machine was reset before anything reached the disk. */
export const lastWordsSchema = z.object({
  /** The line that says most of why; null where none does. */
  reason: z.string().max(MAX_LETTERS).nullable(),
  lines: z.array(z.string().max(MAX_LETTERS)).max(MAX_LINES).readonly(),
});
export type LastWords = Readonly<z.infer<typeof lastWordsSchema>>;

export interface FoundWords {
  /** Of the last boot of the trial that reached the journal: errors, and its last lines, each as journalctl shows them. */
  readonly errors: readonly string[];
  readonly last: readonly string[];
  /** What a kernel that panicked left with the firmware (pstore); empty where it did not. */
  readonly panic: readonly string[];
}

/** A panic came last, and says most; of a journal, what the deadline said, or its last error. */
export function lastWordsOf({ errors, last, panic }: FoundWords): LastWords {
  // None takes all of the room from the others; the last lines are mostly of the way down.
  const room = panic.length === 0 ? MAX_LINES : MAX_LINES / 2;
  const shown = errors.slice(-(2 * room) / 3);
  const rest = last.filter((line) => !errors.includes(line)).slice(-room / 3);
  const lines = [...ofPanic(panic), ...shown, ...rest].map(clean);
  const reason = panicReason(panic) ?? journalReason(errors);
  return { reason: reason === null ? null : clean(reason), lines: lines.slice(-MAX_LINES) };
}

/** Registers and traces come after it. */
function ofPanic(panic: readonly string[]): readonly string[] {
  const at = panic.findLastIndex((line) => line.includes('Kernel panic'));
  const end = at === -1 ? panic.length : at + 1;
  return panic.slice(Math.max(0, end - MAX_LINES / 2), end);
}

/** The initramfs panics to have said why. */
function panicReason(panic: readonly string[]): string | null {
  const initramfs = panic.findLast((line) => /kubeos: initramfs: .*restarting/.test(line));
  const line = initramfs ?? panic.findLast((one) => one.includes('Kernel panic'));
  return line === undefined ? null : withoutTime(line).replace(/^kubeos: /, '');
}

function journalReason(errors: readonly string[]): string | null {
  const line = errors.findLast((one) => one.includes('kubeos-trial[')) ?? errors.at(-1);
  return line === undefined ? null : withoutTime(line).replace(/^kubeos-trial\[\d+\]: /, '');
}

/** "<2>[   12.345678] words" and "[   12.345678] words" */
const withoutTime = (line: string): string => line.replace(/^(?:<\d+>)?\[\s*[\d.]+\]\s*/, '');

/** Whatever a program wrote there, it does not reach a terminal. */
function clean(line: string): string {
  // Control characters of ASCII and Unicode, and those that turn the direction of text.
  const shown = line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return shown.length > MAX_LETTERS ? `${shown.slice(0, MAX_LETTERS - 1).toWellFormed()}…` : shown;
}
