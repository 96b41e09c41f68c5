import type { Wishes } from '../plan/fleet.ts';

/**
 * What a person says to a rollout that goes on stands in annotations: what reconciles a spec from Git leaves them alone.
 * Each names the release that it is about by the first digits of its digest, and so is over with it.
 */
export const WISHES = {
  /** `NAME TIME` of who wants it; about every release. */
  paused: 'upgrade.openeuler.org/paused-by',
  /** `DIGITS:WAVES`: so many waves may be followed by the next. */
  approved: 'upgrade.openeuler.org/approved-waves',
  /** `DIGITS` */
  abort: 'upgrade.openeuler.org/abort',
  /** `DIGITS`: what was upgraded goes back. */
  rollback: 'upgrade.openeuler.org/rollback',
  /** `DIGITS:TIME`: what failed or was halted before is forgotten. */
  retry: 'upgrade.openeuler.org/retry',
} as const;

/** Digits of a digest that people may write at least. */
const MIN_DIGITS = 8;
export interface Asked {
  readonly wishes: Wishes;
  /** What ended in a failure until then is tried again; null where nobody has said so. */
  readonly retryMs: number | null;
  /** What stands there and means nothing. */
  readonly unknown: readonly string[];
}

type Annotations = Readonly<Record<string, string>>;

/** What people want of the rollout of this release. */
export function readWishes(
  annotations: Annotations,
  { digest, isPausedInSpec }: { readonly digest: string; readonly isPausedInSpec: boolean },
): Asked {
  const about = (name: string): string | null => saidOf(annotations, name, digest);
  const waves = Number(about(WISHES.approved) ?? 0);
  const retryMs = Date.parse(about(WISHES.retry) ?? '');
  return {
    wishes: {
      paused: pausedIn(annotations, isPausedInSpec),
      approvedWaves: Number.isSafeInteger(waves) && waves > 0 ? waves : 0,
      aborted: about(WISHES.abort) !== null,
      rollback: about(WISHES.rollback) !== null,
    },
    retryMs: Number.isNaN(retryMs) ? null : retryMs,
    unknown: Object.values(WISHES).flatMap((name) => unreadable(annotations, name)),
  };
}

/** What follows the digits, where they are those of this release. */
function saidOf(annotations: Annotations, name: string, digest: string): string | null {
  const value = valueOf(annotations, name);
  if (value === undefined) return null;
  const [, digits = '', said = ''] = FORM.exec(value) ?? [];
  const isAbout = digits.length >= MIN_DIGITS && digest.startsWith(`sha256:${digits}`);
  return isAbout ? said : null;
}

const FORM = /^(?:sha256:)?([0-9a-f]+)(?::(.+))?$/;

function pausedIn(annotations: Annotations, isPausedInSpec: boolean): Wishes['paused'] {
  const said = valueOf(annotations, WISHES.paused);
  if (said !== undefined) {
    const [, by = said, time = ''] = /^(.*) (\S+)$/.exec(said) ?? [];
    const sinceMs = Date.parse(time);
    return Number.isNaN(sinceMs) ? { by: said, sinceMs: null } : { by, sinceMs };
  }
  return isPausedInSpec ? { by: 'spec.paused', sinceMs: null } : null;
}

function unreadable(annotations: Annotations, name: string): readonly string[] {
  const value = valueOf(annotations, name);
  if (value === undefined || name === WISHES.paused) return [];
  const [, digits = ''] = FORM.exec(value) ?? [];
  return digits.length >= MIN_DIGITS ? [] : [`${name}: ${value}`];
}

const valueOf = (annotations: Annotations, name: string): string | undefined =>
  Object.hasOwn(annotations, name) ? annotations[name] : undefined;
