import { randomUUID } from 'node:crypto';
import type { KubeApi, KubeRequest } from './kube-api.ts';
import { assertDone } from './status-error.ts';

/** What has happened to an object, for whoever asks `kubectl describe` or `kubectl events`. */
export interface EventOf {
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
  };
  readonly type: 'Normal' | 'Warning';
  /** In CamelCase, one of a few. */
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** Who tells, and for how long it is tried. */
export interface EventSource {
  readonly controller: string;
  readonly instance: string;
  readonly signal: AbortSignal;
}

/** The API server refuses longer ones (events.k8s.io/v1). */
const MAX_NOTE = 1024;

/** @throws KubeStatusError */
export async function writeEvent(
  api: KubeApi,
  { regarding, type, reason, action, note }: EventOf,
  { controller, instance, signal }: EventSource,
): Promise<void> {
  // Of an object without a namespace it lies in this one, as kubelet's do.
  const namespace = regarding.namespace ?? 'default';
  const request: KubeRequest = {
    ...{ method: 'POST', path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events` },
    signal,
    body: {
      ...{ apiVersion: 'events.k8s.io/v1', kind: 'Event' },
      metadata: { name: `${regarding.name}.${randomUUID()}`, namespace },
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      ...{ reportingController: controller, reportingInstance: instance },
      ...{ regarding, type, reason, action, note: note.slice(0, MAX_NOTE) },
    },
  };
  assertDone(request, await api.ask(request));
}
