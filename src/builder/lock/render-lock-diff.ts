import type { FieldChange, LockDiff } from './diff-locks.ts';

/** A difference of locks for people: what moved, one thing a line, and a count at the end. */
export function renderLockDiff(diff: LockDiff): string {
  if (!diff.isChanged) return 'nothing would change\n';
  const { added, removed, moved, base } = diff;
  const nameWidth = Math.max(...[...added, ...removed, ...moved].map((one) => one.name.length), 0);
  const line = (mark: string, name: string, rest: string): string =>
    `${mark} ${name.padEnd(nameWidth)}  ${rest}\n`;
  return [
    ...base.map(renderField),
    ...removed.map((one) => line('-', one.name, one.version)),
    ...added.map((one) => line('+', one.name, one.version)),
    ...moved.map((one) => line(MARKS[one.kind], one.name, renderMove(one))),
    `${summarize(diff)}\n`,
  ].join('');
}

const MARKS = { upgraded: '^', downgraded: 'v', rebuilt: '~' } as const;

function renderMove({ kind, from, to }: LockDiff['moved'][number]): string {
  if (kind === 'rebuilt') return `${to} (the same version, other bytes)`;
  return `${from} -> ${to}${kind === 'downgraded' ? ' (older)' : ''}`;
}

function renderField({ field, from, to }: FieldChange): string {
  return `! base ${field}: ${from === '' ? '(none)' : from} -> ${to === '' ? '(none)' : to}\n`;
}

function summarize({ added, removed, moved, base }: LockDiff): string {
  const count = (kind: string): number => moved.filter((one) => one.kind === kind).length;
  const counts = [
    [count('upgraded'), 'upgraded'],
    [count('downgraded'), 'downgraded'],
    [count('rebuilt'), 'rebuilt'],
    [added.length, 'added'],
    [removed.length, 'removed'],
    [base.length, 'of the base changed'],
  ] as const;
  return counts
    .filter(([number]) => number > 0)
    .map(([number, what]) => `${String(number)} ${what}`)
    .join(', ');
}
