import type { Finding } from './finding.ts';

const MARKS = { good: 'ok  ', note: 'note', bad: 'BAD ' } as const;

/** A line for each, with what to do below it; what keeps the node from an upgrade comes last, where it is seen. */
export function describeFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = (['good', 'note', 'bad'] as const).flatMap((state) =>
    findings
      .filter((finding) => finding.state === state)
      .map(({ subject, found, remedy }) => {
        const next = remedy === null ? '' : `\n       → ${remedy}`;
        return `${MARKS[state]}  ${subject.padEnd(width)}  ${found}${next}`;
      }),
  );
  return `${lines.join('\n')}\n`;
}
