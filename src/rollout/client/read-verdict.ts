import type { OsObject } from '../api/os-object.ts';
import { isHeard } from './is-heard.ts';

/** What an OS object says of its rollout, as a command ends with it. */
export type Verdict =
  | { readonly kind: 'under-way'; readonly reason: string; readonly message: string }
  /** A person has to say something before it goes on. */
  | { readonly kind: 'asks'; readonly reason: string; readonly message: string }
  | { readonly kind: 'done'; readonly reason: string; readonly message: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string }
  | { readonly kind: 'rolled-back'; readonly reason: string; readonly message: string };

const NOT_SEEN = 'no operator has looked at what is asked for now';

/**
 * Certain as soon as it can be: what was said of an older generation of the object does not count, as for kstatus
 * (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md).
 */
export function readVerdict({ metadata, status }: Pick<OsObject, 'metadata' | 'status'>): Verdict {
  const isCurrent = status.observedGeneration === metadata.generation;
  const of = (type: string) => status.conditions.find((one) => one.type === type);
  const ready = of('Ready');
  if (!isCurrent || ready === undefined) {
    return { kind: 'under-way', reason: 'NotObserved', message: NOT_SEEN };
  }
  const { reason, message } = ready;
  if (!isHeard({ metadata, status })) return { kind: 'under-way', reason, message };
  if (ready.status === 'True') return { kind: 'done', reason, message };
  if (of('Stalled') !== undefined) {
    return { kind: reason === 'RolledBack' ? 'rolled-back' : 'failed', reason, message };
  }
  return { kind: of('Paused') === undefined ? 'under-way' : 'asks', reason, message };
}

/** Of `kubeos rollout` where it waits (contract section 8). */
export const EXIT_CODE_OF: Readonly<Record<Verdict['kind'], number>> = {
  ...{ done: 0, failed: 8, 'rolled-back': 9 },
  // Waiting ended before it was certain.
  ...{ 'under-way': 10, asks: 10 },
};
