import type { GrubLabel } from '../../disk/grub-seal.ts';
import type { GrubTry } from '../../disk/grub-try.ts';

/** What is found of GRUB, before anything is done about it. */
export interface FoundGrub {
  /** The version that booted this node. */
  readonly booted: string;
  /** What firmware starts, and the other place; null where that is not whole. */
  readonly first: GrubLabel | null;
  readonly second: GrubLabel | null;
  /** How the block names the other place to GRUB: its first sector for a BIOS; with UEFI it has a name. */
  readonly secondSector: number | null;
  readonly asked: GrubTry;
  /** Of the release that runs; null where that brings none. */
  readonly brought: GrubLabel | null;
  /** The running release boots without counting: its /usr can be trusted with GRUB too. */
  readonly isCommitted: boolean;
}

export type GrubRest =
  /** As the running release has it. */
  | 'current'
  /** Another than the release's, which is done about once that is committed. */
  | 'waits-for-commit'
  /** Written, and started once at the next restart. */
  | 'waits-for-restart'
  /** The other place booted this node; it is made the first once the release is committed. */
  | 'on-trial'
  /** It was to be started, and another booted this node. */
  | 'failed'
  /** Of a newer release than the one that runs: it stays. */
  | 'newer'
  /** The running release brings none. */
  | 'not-brought';

export type GrubStep =
  | { readonly kind: 'rest'; readonly at: GrubRest }
  /** What the release brings, into the second place. */
  | { readonly kind: 'write'; readonly label: GrubLabel }
  /** The block is to say this; one write. */
  | { readonly kind: 'ask'; readonly asked: GrubTry }
  | { readonly kind: 'swap' };

/**
 * The next thing to do, or where it rests. Each step is one that a power cut may fall into, and after each this is asked
 * again. What was tried once is not tried again by itself, unless it was seen to boot this node.
 */
export function decideGrub(found: FoundGrub): GrubStep {
  return afterTrial(found) ?? tidied(found) ?? towards(found);
}

const rest = (at: GrubRest): GrubStep => ({ kind: 'rest', at });

/** This node runs by the second place: what is there works as far as an agent that runs. */
function afterTrial(found: FoundGrub): GrubStep | null {
  const { booted, first, second, asked, isCommitted } = found;
  if (second?.version !== booted || first?.version === booted) return null;
  if (isCommitted) return { kind: 'swap' };
  // The restart that ends a release's trial must not end that of this GRUB.
  return isAskedFor(found, booted) ? rest('on-trial') : ask(found, booted, asked.tried);
}

/** Nothing is asked for that is not there, or is the first already. */
function tidied(found: FoundGrub): GrubStep | null {
  const { first, second, asked } = found;
  const isStale = asked.wanted !== null && !isAskedFor(found, second?.version ?? null);
  const isDone = first !== null && [asked.wanted, asked.tried].includes(first.version);
  if (!isStale && !isDone) return null;
  return ask(found, null, asked.tried === first?.version ? null : asked.tried);
}

function towards(found: FoundGrub): GrubStep {
  const { first, brought, isCommitted } = found;
  if (brought === null) return rest('not-brought');
  if (first?.version === brought.version) return rest('current');
  if (first !== null && brought.epoch < first.epoch) return rest('newer');
  return isCommitted ? tryIt(found, brought) : rest('waits-for-commit');
}

function tryIt(found: FoundGrub, brought: GrubLabel): GrubStep {
  const { second, asked } = found;
  if (asked.tried === brought.version) return rest('failed');
  if (second?.version === brought.version) {
    const isAsked = isAskedFor(found, brought.version);
    return isAsked ? rest('waits-for-restart') : ask(found, brought.version, asked.tried);
  }
  // What is asked for is not overwritten.
  return asked.wanted === null ? { kind: 'write', label: brought } : ask(found, null, asked.tried);
}

const isAskedFor = ({ asked, secondSector }: FoundGrub, version: string | null): boolean =>
  asked.wanted === version && asked.place === secondSector;

function ask({ secondSector }: FoundGrub, wanted: string | null, tried: string | null): GrubStep {
  const place = wanted === null ? null : secondSector;
  return { kind: 'ask', asked: { wanted, tried: tried === wanted ? null : tried, place } };
}
