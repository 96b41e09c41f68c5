import { KubeosError } from '../../errors.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import type { OsObject } from '../api/os-object.ts';
import { followOs, type OsPlace } from './os-objects.ts';
import { readVerdict } from './read-verdict.ts';

export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Null: for ever. */
  readonly timeoutMs: number | null;
  /** Whenever it is another than before. */
  readonly onChange: (os: OsObject) => void;
  readonly onTrouble: (why: string) => void;
}

/**
 * Until it is certain how a rollout ends; the moment it is, no later.
 *
 * @returns the object as it was then; as it is at the end of the time, where that comes first
 * @throws KubeosError REFUSED where there is none, or it is deleted meanwhile
 */
export async function waitForRollout(
  api: KubeApi,
  place: OsPlace,
  { signal, timeoutMs, onChange, onTrouble }: WaitOptions,
): Promise<OsObject> {
  const time = timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)];
  let last: OsObject | null = null;
  const either = AbortSignal.any([signal, ...time]);
  for await (const os of followOs(api, place, { signal: either, onTrouble })) {
    last = os;
    onChange(os);
    const { kind } = readVerdict(os);
    if (kind === 'done' || kind === 'failed' || kind === 'rolled-back') return os;
  }
  signal.throwIfAborted();
  if (last !== null && either.aborted) return last;
  throw new KubeosError('REFUSED', `there is no OS object ${place.namespace}/${place.name}`, {
    hint: 'kubectl get os -A lists them',
  });
}
