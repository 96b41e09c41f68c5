import type { CheckResult } from './health-check.ts';

/** What every release finds on a node: while one of these is not as it should be, services may fail because of it. */
const CAUSES: ReadonlySet<string> = new Set(['persist', 'disk', 'clock', 'route']);

/**
 * Blames the node for what fails on a node that is not in order itself. Nobody can tell then whether another release would do
 * better, and going back would cost a try. A route that is missing is a cause only where no release can mend it. Pure.
 */
export function excused(results: readonly CheckResult[]): readonly CheckResult[] {
  const causes = results.filter(
    ({ name, isGood, blames }) => !isGood && blames === 'node' && CAUSES.has(name),
  );
  if (causes.length === 0) return results;
  const names = causes.map(({ name }) => name).join(', ');
  return results.map((result) =>
    result.isGood || result.blames === 'node'
      ? result
      : { ...result, blames: 'node', message: `perhaps by ${names}: ${result.message}` },
  );
}
