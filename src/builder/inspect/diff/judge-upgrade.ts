import { growthText, sizeText } from '../render/sizes.ts';
import { hasChanged } from './compare-lists.ts';
import type { Consequence, DiffFacts } from './image-diff.ts';
import { judgeBoot } from './judge-boot.ts';
import { judgeContents } from './judge-contents.ts';
import type { EtcRule } from './kept-by-nodes.ts';

const LEVELS = ['blocks', 'attention', 'fact'] as const;

/**
 * What it means to bring nodes from the first system to the second; the most serious first.
 *
 * @param etc what of /etc lasts on nodes of the second
 */
export function judgeUpgrade(diff: DiffFacts, etc: EtcRule): readonly Consequence[] {
  const found = [...judgeFaults(diff), ...(diff.isSame ? NOTHING_TO_DO : judgeChange(diff, etc))];
  return LEVELS.flatMap((level) => found.filter((consequence) => consequence.level === level));
}

const NOTHING_TO_DO: readonly Consequence[] = [
  { level: 'fact', subject: 'upgrade', text: 'none: they are the same' },
];

function judgeChange(diff: DiffFacts, etc: EtcRule): Consequence[] {
  return [
    ...judgeName(diff),
    ...judgeOrder(diff),
    ...judgeFloor(diff),
    ...judgeRoom(diff),
    ...judgeLayout(diff),
    ...judgeBoot(diff),
    ...judgeContents(diff, etc),
  ];
}

/** Damage of the second would reach the nodes; that of the first only makes the comparison doubtful. */
function judgeFaults({ before, after }: DiffFacts): Consequence[] {
  return [
    ...after.faults.map((text) => ({ level: 'blocks', subject: 'damage', text }) as const),
    ...before.faults.map((text) => ({
      ...({ level: 'attention', subject: 'damage' } as const),
      text: `in ${before.path}: ${text}`,
    })),
  ];
}

function judgeName({ before, after }: DiffFacts): Consequence[] {
  if (before.name === after.name || before.name === '' || after.name === '') return [];
  const text = `${before.name} becomes ${after.name}: releases of one name upgrade each other, these do not`;
  return [{ level: 'blocks', subject: 'name', text }];
}

/** Nodes refuse an epoch below their floor (contract section 4). */
function judgeOrder({ before, after }: DiffFacts): Consequence[] {
  if (before.epoch === null || after.epoch === null) return [];
  const subject = 'epoch';
  if (after.epoch < before.epoch) {
    const step = `goes back from ${before.epoch} to ${after.epoch}`;
    const floor = before.securityFloor ?? 0;
    return after.epoch < floor
      ? [{ level: 'blocks', subject, text: `${step}: nodes refuse it, their floor is ${floor}` }]
      : [{ level: 'attention', subject, text: `${step}: this is a downgrade` }];
  }
  if (after.epoch === before.epoch && before.release !== after.release) {
    const text = `stays ${after.epoch}: it should grow with every release`;
    return [{ level: 'attention', subject, text }];
  }
  return [];
}

function judgeFloor({ before, after }: DiffFacts): Consequence[] {
  const [old, young] = [before.securityFloor ?? 0, after.securityFloor ?? 0];
  if (young <= old) return [];
  const text = `rises from ${old} to ${young}: once committed, a node does not go back below epoch ${young}`;
  return [{ level: 'attention', subject: 'floor', text }];
}

/** A slot never grows, so a nearly full one leaves later releases no room. */
const ALMOST_FULL = 0.9;

function judgeRoom({ before, after }: DiffFacts): Consequence[] {
  if (after.imageSize === null) return [];
  const growth = before.imageSize === null ? null : growthText(after.imageSize - before.imageSize);
  const size = `${sizeText(after.imageSize)}${growth === null ? '' : ` (${growth})`}`;
  const subject = 'root image';
  const { capacity } = before;
  if (capacity === null) return [{ level: 'fact', subject, text: size }];
  const use = `${size}, in a slot of ${sizeText(capacity)}`;
  if (after.imageSize > capacity) {
    return [{ level: 'blocks', subject, text: `${use}: it does not fit` }];
  }
  if (after.imageSize > capacity * ALMOST_FULL) {
    return [{ level: 'attention', subject, text: `${use}: little is left for later releases` }];
  }
  return [{ level: 'fact', subject, text: use }];
}

function judgeLayout({ layout }: DiffFacts): Consequence[] {
  if (!hasChanged(layout)) return [];
  const text = 'differs; an upgrade leaves the partitions of a node as they are';
  return [{ level: 'attention', subject: 'layout', text }];
}
