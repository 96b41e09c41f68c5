import type { KubeApi, KubeRequest } from './kube-api.ts';
import { assertDone } from './status-error.ts';

export interface AppliedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    /** Where it is named, an object that is gone is not made anew, nor another one of its name changed (409). */
    readonly uid?: string;
    /** Where it is named, nothing is written over a newer object (409). */
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface ApplyOptions {
  /** Of the object, `/status` included where that is meant. */
  readonly path: string;
  readonly fieldManager: string;
  readonly isDryRun?: boolean;
  /** Takes fields from whoever has them: only where a person has said so. */
  readonly isForced?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Server-side apply: all fields that this manager means, and no other
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/). What it applied before and does not name is given up.
 *
 * @throws KubeStatusError 409 where another manager has a field, or the object is newer than the one that was named
 */
export async function applyObject(
  api: KubeApi,
  object: AppliedObject,
  { path, fieldManager, isDryRun = false, isForced = false, signal }: ApplyOptions,
): Promise<unknown> {
  const request: KubeRequest = {
    ...{ method: 'PATCH', path, body: object, contentType: 'application/apply-patch+yaml' },
    query: { fieldManager, force: isForced, ...(isDryRun && { dryRun: 'All' }) },
    ...(signal !== undefined && { signal }),
  };
  return assertDone(request, await api.ask(request));
}
