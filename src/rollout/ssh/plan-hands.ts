/** A node without a proxy, and the hand that it has here. */
export interface HandView {
  readonly name: string;
  /** Something is to be done or said, or nobody has looked yet. */
  readonly hasWork: boolean;
  /** The operator lets it go through something. */
  readonly hasRun: boolean;
  /** Null where it has none. */
  readonly open: OpenHand | null;
  /** Grows with each turn that is given up; who has waited longest comes first. */
  readonly turn: number;
}

export interface OpenHand {
  /** So long nothing goes on. */
  readonly restingMs: number;
  /** So long its agent has not answered. */
  readonly awayMs: number;
}

export interface HandPlan {
  readonly close: readonly string[];
  readonly open: readonly string[];
}

/** A rest is often short: a node that is prepared is drained soon. */
export const LINGER_MS = 10_000;
/** Restarts of most machines are shorter, and after this its absence has been written down. */
export const GIVE_UP_MS = 60_000;

/**
 * Which connections are opened and closed, never more than so many at once. Nodes that go through something come before those
 * that were only not looked at yet; one that cannot be reached keeps its place only while nobody waits for it.
 */
export function planHands(views: readonly HandView[], limit: number): HandPlan {
  const waiting = views.filter(({ open, hasWork }) => open === null && hasWork);
  const opened = views.filter(({ open }) => open !== null);
  const isWanted = opened.length + waiting.length > limit;
  const close = opened.filter((view) => isOver(view, isWanted));
  const places = Math.max(0, limit - opened.length + close.length);
  const open = waiting.toSorted(moreUrgentFirst).slice(0, places);
  return { close: namesOf(close), open: namesOf(open) };
}

function isOver({ open, hasWork }: HandView, isWanted: boolean): boolean {
  if (open === null) return false;
  if (open.awayMs > 0) return isWanted && open.awayMs >= GIVE_UP_MS;
  if (hasWork) return false;
  return open.restingMs >= (isWanted ? 1 : LINGER_MS);
}

function moreUrgentFirst(one: HandView, other: HandView): number {
  return Number(other.hasRun) - Number(one.hasRun) || one.turn - other.turn;
}

const namesOf = (views: readonly HandView[]): readonly string[] => views.map(({ name }) => name);
