import type { NodeProgress } from '../../rollout/progress/node-progress.ts';
import type { RolloutProgress } from '../../rollout/progress/observe-progress.ts';
import { firstOf, formatElapsed, plainLine } from './plain-text.ts';
import { tally, waveLine } from './progress-text.ts';
import { waitingGroups } from './waiting-groups.ts';

export interface TableSize {
  /** That it may take; a terminal cannot go back to lines that have left it. */
  readonly rows: number;
  readonly columns: number;
}

interface Section {
  readonly lines: readonly string[];
  /** How many of its lines are shown where not all have room. */
  readonly atLeast: number;
  readonly more: (count: number) => string;
}

interface TableContext {
  readonly nowMs: number;
  /** Lines that stand below all others, each with its mark. */
  readonly notes: readonly string[];
}

/**
 * Everything of a rollout within so many lines, whatever its size: what has failed, what is under way, and, in groups, what
 * waits for what. What is done is a number.
 */
export function progressTable(
  progress: RolloutProgress,
  { rows, columns }: TableSize,
  { nowMs, notes }: TableContext,
): readonly string[] {
  const { nodes } = progress;
  const waves = waveLine(progress);
  const head = [
    ...(nodes === null ? [] : [`${bar(nodes, columns)} ${tally(nodes)}`]),
    ...(waves === null ? [] : [waves]),
  ];
  const sections = nodes === null ? [] : [failed(nodes), underWay(nodes, nowMs), waiting(nodes)];
  const said = notes.map(plainLine);
  const room = Math.max(0, rows - head.length - said.length);
  const lines = [...head, ...fitted(sections, room), ...said];
  return lines.slice(0, Math.max(1, rows)).map((line) => clipped(line, columns));
}

/** The numbers beside it are worth more than its width. */
const MOST_BAR = 24;

function bar(nodes: readonly NodeProgress[], columns: number): string {
  const width = Math.min(MOST_BAR, Math.floor(columns / 6));
  const passed = nodes.filter(({ result }) => result === 'passed').length;
  const filled = nodes.length === 0 ? 0 : Math.floor((passed / nodes.length) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
}

function failed(nodes: readonly NodeProgress[]): Section {
  const found = nodes.filter(({ result }) => result === 'failed');
  const lines = found.map(({ name, doing, message }) =>
    plainLine(`FAILED ${name}  ${doing}  ${message}`),
  );
  return { lines, atLeast: 4, more: (count) => `FAILED ${count} more` };
}

function underWay(nodes: readonly NodeProgress[], nowMs: number): Section {
  const found = nodes.filter(({ result }) => result === 'under-way');
  const width = Math.max(4, ...found.map(({ name }) => name.length));
  const lines = found.toSorted(longestFirst).map((node) => row(node, width, nowMs));
  const header = `${'NODE'.padEnd(width)}  PHASE          DONE  SINCE`;
  const more = (count: number): string => `${count} more are under way`;
  return { lines: lines.length === 0 ? [] : [header, ...lines], atLeast: 4, more };
}

/** What has been at it for long is what somebody may have to look at. */
const longestFirst = (one: NodeProgress, other: NodeProgress): number =>
  (one.sinceMs ?? Infinity) - (other.sinceMs ?? Infinity);

function row(node: NodeProgress, width: number, nowMs: number): string {
  const { name, doing, percent, etaSeconds, sinceMs, gates, message } = node;
  const because = gates.map(({ gate, because: why }) => `${gate}: ${why}`);
  const eta = etaSeconds === null ? [] : [`${formatElapsed(etaSeconds * 1000)} left`];
  const beside = [...eta, ...because, ...(message === '' ? [] : [message])].join('; ');
  const cells = [
    ...[name.padEnd(width), doing.padEnd(13)],
    (percent === null ? '' : `${percent}%`).padStart(5),
    (sinceMs === null ? '' : formatElapsed(nowMs - sinceMs)).padStart(5),
  ];
  return plainLine(`${cells.join('  ')}  ${beside}`).trimEnd();
}

const NAMES = 4;

function waiting(nodes: readonly NodeProgress[]): Section {
  const lines = waitingGroups(nodes).map(({ because, nodes: names }) => {
    return plainLine(`${names.length} wait  ${because}  (${firstOf(names, NAMES)})`);
  });
  return { lines, atLeast: 3, more: (count) => `${count} more reasons to wait` };
}

/** First each gets what it needs at least; then what is under way, what has failed and what waits get what is left. */
function fitted([failures, moving, waits]: readonly Section[], room: number): readonly string[] {
  let left = room;
  const take = (count: number): number => {
    const taken = Math.min(count, Math.max(0, left));
    left -= taken;
    return taken;
  };
  const sections = [failures, moving, waits].filter((section) => section !== undefined);
  const given = new Map(
    sections.map((section) => [section, take(Math.min(section.lines.length, section.atLeast))]),
  );
  for (const section of [moving, failures, waits]) {
    if (section === undefined) continue;
    const own = given.get(section) ?? 0;
    given.set(section, own + take(section.lines.length - own));
  }
  return sections.flatMap((section) => cut(section, given.get(section) ?? 0));
}

function cut({ lines, more }: Section, most: number): readonly string[] {
  if (lines.length <= most) return lines;
  if (most === 0) return [];
  return [...lines.slice(0, most - 1), more(lines.length - most + 1)];
}

/** Names and reasons of Kubernetes are one column for each character, or nearly all of them. */
const clipped = (line: string, columns: number): string =>
  line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
