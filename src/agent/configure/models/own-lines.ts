import { refused, type Edited } from '../change.ts';

/** A line that is wanted, or not wanted any more, in a file of our own; comments and order stay. */
export interface WantedLine {
  /** The value that a line gives what is meant; null for any other line. */
  readonly valueIn: (line: string) => string | null;
  readonly write: (value: string) => string;
  /** As a person reads it. */
  readonly show: (value: string) => string;
  /** Undefined: whatever it is. Only where the line is deleted. */
  readonly given: string | undefined;
  readonly isDeleted: boolean;
}

const HEADER = '# Written by kubeos-agent configure; what stands here may be changed by it.';

export function editOwnLines(text: string | null, wanted: WantedLine): Edited {
  const lines = linesOf(text);
  // Of several the last one counts.
  const index = lines.findLastIndex((line) => wanted.valueIn(line) !== null);
  const now = wanted.valueIn(lines[index] ?? '');
  const before = now === null ? null : wanted.show(now);
  if (wanted.isDeleted) return withoutLines(text, wanted, { lines, now, before });
  const { given = '' } = wanted;
  const after = wanted.show(given);
  if (given === now) return { kind: 'edited', text: text ?? '', before, after };
  const at = index < 0 ? lines.length : index;
  const changed = lines.toSpliced(at, 1, wanted.write(given));
  return { kind: 'edited', text: textOf(changed), before, after };
}

interface FoundLines {
  readonly lines: readonly string[];
  readonly now: string | null;
  readonly before: string | null;
}

/** KubeOS's rule: it goes only where the value that is given is its value. All of them go: another would count then. */
function withoutLines(
  text: string | null,
  { given, valueIn }: WantedLine,
  { lines, now, before }: FoundLines,
): Edited {
  if (now === null) return { kind: 'edited', text: text ?? '', before, after: null };
  if (given !== undefined && given !== now) {
    return refused('value', `it is ${now}, not ${given}`, 'give the value that it has');
  }
  const rest = lines.filter((line) => valueIn(line) === null);
  return { kind: 'edited', text: textOf(rest), before, after: null };
}

export function linesOf(text: string | null): readonly string[] {
  if (text === null || text === '') return [HEADER];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
