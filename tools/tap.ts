/** What a run of tests came to. */
export interface TapResult {
  passed: number;
  failed: number;
  /** Of each failed test its `not ok`, its log and the reason, as AVA wrote them. */
  failures: string[];
}

/** Reads AVA's TAP (https://testanything.org/tap-version-13-specification.html), whose counts stand in its last lines. */
export function readTap(lines: readonly string[]): TapResult {
  return {
    passed: countOf('pass', lines),
    failed: countOf('fail', lines),
    failures: failuresIn(lines),
  };
}

function countOf(outcome: 'pass' | 'fail', lines: readonly string[]): number {
  const prefix = `# ${outcome} `;
  return Number(lines.findLast((line) => line.startsWith(prefix))?.slice(prefix.length) ?? 0);
}

function failuresIn(lines: readonly string[]): string[] {
  let isInFailure = false;
  return lines.filter((line) => {
    if (/^(not )?ok \d|^\d+\.\.\d+$/.test(line)) isInFailure = line.startsWith('not ok');
    return isInFailure;
  });
}
