import type { ServiceGap } from '../../rollout/migration/endpoint-gaps.ts';
import type { RolloutReport } from '../../rollout/report/rollout-report.ts';
import { firstOf, formatElapsed, plainLine } from './plain-text.ts';

const MOST_FAILED = 20;

/** Below what the object says: what nodes took, and which have failed. Lines without the last line's end. */
export function summaryText(report: RolloutReport): string {
  return [tookLine(report), ...failedLines(report), ...migrationLines(report)]
    .map(plainLine)
    .join('\n');
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

const MOST_SERVICES = 10;

function migrationLines({ migration }: RolloutReport): readonly string[] {
  if (migration === null) return [];
  const { servicesWatched, withoutEndpoint, moves, interruptions } = migration;
  const gaps = withoutEndpoint.slice(0, MOST_SERVICES).map(gapLine);
  const rest = withoutEndpoint.length - gaps.length;
  const [first] = moves;
  const moved = moves.reduce((sum, owner) => sum + owner.moves, 0);
  const most = first === undefined ? '' : `; most: ${first.owner}, ${first.movesPerPod} a pod`;
  return [
    `  services: ${withoutEndpoint.length} of ${servicesWatched} were without a Ready endpoint`,
    ...[...gaps, ...(rest > 0 ? [`  service: ${rest} more`] : [])],
    `  pods: ${moved} moves${most}`,
    ...(interruptions === 0 ? [] : [`  this watch was interrupted ${interruptions} times`]),
  ];
}

function gapLine({
  service,
  seconds,
  gaps,
  longestSeconds,
  longestSince,
  isOver,
}: ServiceGap): string {
  const longest = gaps === 1 ? '' : ` in ${gaps} times, the longest ${longestSeconds}s`;
  const now = isOver ? '' : ', and has none now';
  return `  service: ${service}  ${seconds}s without a Ready endpoint${longest} from ${longestSince}${now}`;
}
