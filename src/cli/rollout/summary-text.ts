import type { RolloutReport } from '../../rollout/report/rollout-report.ts';
import { firstOf, formatElapsed, plainLine } from './plain-text.ts';

const MOST_FAILED = 20;

/** Below what the object says: what nodes took, and which have failed. Lines without the last line's end. */
export function summaryText(report: RolloutReport): string {
  return [tookLine(report), ...failedLines(report)].map(plainLine).join('\n');
}

function tookLine({ startedAt, watched, phases }: RolloutReport): string {
  const ms = Date.parse(watched.until) - Date.parse(startedAt ?? watched.from);
  const times = Object.entries(phases).map(
    ([phase, { medianSeconds }]) => `${phase} ${formatElapsed(medianSeconds * 1000)}`,
  );
  const usual = times.length === 0 ? '' : `; a node: ${times.join(', ')}`;
  return `  begun ${formatElapsed(ms)} ago${usual}`;
}

function failedLines({ nodes }: RolloutReport): readonly string[] {
  const failed = (nodes ?? []).filter(({ result }) => result === 'failed');
  const lines = failed
    .slice(0, MOST_FAILED)
    .map(({ node, state, message }) => `  failed: ${node}  ${state}  ${message}`);
  const more = failed.slice(MOST_FAILED).map(({ node }) => node);
  return more.length === 0 ? lines : [...lines, `  failed, too: ${firstOf(more, MOST_FAILED)}`];
}
