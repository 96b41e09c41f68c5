import { osName } from '../../rollout/api/os-object.ts';
import { readVerdict } from '../../rollout/client/read-verdict.ts';
import type { NodeProgress } from '../../rollout/progress/node-progress.ts';
import type { RolloutProgress } from '../../rollout/progress/observe-progress.ts';
import type { WaveProgress } from '../../rollout/progress/wave-progress.ts';
import { formatElapsed, plainLine } from './plain-text.ts';

/** `default/fleet  2.0.0  RolloutInProgress: 3 of 10 nodes run 2.0.0` */
export function headline({ os }: Pick<RolloutProgress, 'os'>): string {
  const { reason, message } = readVerdict(os);
  const version = os.status.target?.version;
  const named = [osName(os), ...(version === undefined ? [] : [version])];
  return plainLine([...named, `${reason}: ${message}`].join('  '));
}

const WORDS: Readonly<Record<NodeProgress['result'], string>> = {
  ...{ passed: 'done', failed: 'failed', left: 'went back' },
  ...{ 'under-way': 'under way', waiting: 'waiting' },
};
const ORDER = ['passed', 'under-way', 'failed', 'left', 'waiting'] as const;

/** `3 done, 2 under way, 5 waiting of 10` */
export function tally(nodes: readonly NodeProgress[]): string {
  const of = (result: NodeProgress['result']): number =>
    nodes.filter((node) => node.result === result).length;
  const parts = ORDER.map((result) => ({ result, count: of(result) }))
    .filter(({ count }) => count > 0)
    .map(({ result, count }) => `${count} ${WORDS[result]}`);
  return `${parts.length === 0 ? 'none' : parts.join(', ')} of ${nodes.length}`;
}

/** `wave 2 of 3, 5 nodes in all; 1 done` and how long it takes; null where there is one wave, and nothing to say of time. */
export function waveLine({ waves, left }: RolloutProgress): string | null {
  const parts = [...waveWords(waves), ...leftWords(left)];
  return parts.length === 0 ? null : parts.join(', ');
}

function waveWords(waves: readonly WaveProgress[]): readonly string[] {
  const now = waves.find(({ state }) => state !== 'done');
  if (waves.length < 2 || now === undefined) return [];
  return [`wave ${now.wave} of ${waves.length} (up to ${now.upTo} nodes)${STATES[now.state]}`];
}

const STATES: Readonly<Record<WaveProgress['state'], string>> = {
  ...{ open: '', done: '', 'to-come': '' },
  soaking: ' begins when the one before has soaked',
  'awaiting-approval': ' waits for approval',
};

export function leftWords(left: RolloutProgress['left']): readonly string[] {
  if (left === null || left.ms === 0) return [];
  return [`about ${formatElapsed(left.ms)}${left.isOfWindows ? ' of open windows' : ''} left`];
}

/** `n3 rebooting 2m` */
export function underWayWords(node: NodeProgress, nowMs: number): string {
  const { name, doing, percent, sinceMs } = node;
  const parts = [
    ...[name, doing],
    ...(percent === null ? [] : [`${percent}%`]),
    ...(sinceMs === null ? [] : [formatElapsed(nowMs - sinceMs)]),
  ];
  return parts.join(' ');
}
