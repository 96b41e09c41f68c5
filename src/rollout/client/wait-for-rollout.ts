import { KubeosError } from '../../errors.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { osName, type OsObject } from '../api/os-object.ts';
import { followOs, getOs, releaseAskedIn, type OsPlace } from './os-objects.ts';
import { readVerdict } from './read-verdict.ts';

export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Null: for ever. */
  readonly timeoutMs: number | null;
  /** Digest of what is waited for; null for whatever is asked for. */
  readonly digest: string | null;
  /** Whenever it is another than before. */
  readonly onChange: (os: OsObject) => void;
  readonly onTrouble: (why: string) => void;
}

/**
 * Until it is certain how a rollout ends; the moment it is, no later.
 *
 * @returns the object as it was then; as it is at the end of the time, where that comes first
 * @throws KubeosError REFUSED where there is none, it is deleted, or another release is asked for meanwhile; CLUSTER where
 * the API server does not answer at the beginning: an outage after that is waited for
 */
export async function waitForRollout(
  api: KubeApi,
  place: OsPlace,
  { signal, timeoutMs, digest, onChange, onTrouble }: WaitOptions,
): Promise<OsObject> {
  const time = timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)];
  let last = await getOs(api, place);
  const either = AbortSignal.any([signal, ...time]);
  for await (const os of followOs(api, place, { signal: either, onTrouble })) {
    last = os;
    assertSame(os, digest);
    onChange(os);
    const { kind } = readVerdict(os);
    if (kind === 'done' || kind === 'failed' || kind === 'rolled-back') return os;
  }
  signal.throwIfAborted();
  if (either.aborted) return last;
  throw new KubeosError('REFUSED', `${osName(last)} was deleted while it was waited for`, {
    hint: 'what was begun on its nodes is brought to its end: kubectl get osinstances',
  });
}

/** Somebody else's rollout that ends well says nothing of the one that was begun here. */
function assertSame(os: OsObject, digest: string | null): void {
  const now = releaseAskedIn(os);
  if (digest === null || now?.digest === digest) return;
  const other = now === null ? 'no release' : `${now.version}@${now.digest}`;
  throw new KubeosError(
    'REFUSED',
    `${osName(os)} was changed while it was waited for, and asks for ${other} now`,
    { hint: `kubeos rollout status ${os.metadata.name} --wait waits for that one` },
  );
}
