import { isDeepStrictEqual } from 'node:util';
import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { osInstanceSchema, type OsInstance } from '../api/os-instance.ts';
import { isSameButProgress, type NodeReport } from './report-status.ts';

export interface ReportPlace {
  readonly namespace: string;
  readonly name: string;
}

const FIELD_MANAGER = 'kubeos-proxy';
const API_VERSION = 'upgrade.openeuler.org/v1alpha1';
const PROGRESS_MS = 10_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

export const instancesPath = (namespace: string): string =>
  `/apis/${API_VERSION}/namespaces/${encodeURIComponent(namespace)}/osinstances`;

/** Writes the status of this node's OSInstance: all of it, by server-side apply, when something of it is new. */
export class InstanceReport {
  readonly #api: KubeApi;
  readonly #place: ReportPlace;
  #answered: OsInstance | null = null;
  #sent: NodeReport | null = null;
  #writtenMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(api: KubeApi, place: ReportPlace) {
    this.#api = api;
    this.#place = place;
  }

  /** What the API server has: what it answered counts before the watch tells it. */
  latest(watched: OsInstance): OsInstance {
    const answered = this.#answered;
    if (answered === null || isOlder(answered, watched)) return watched;
    return answered;
  }

  /**
   * @returns milliseconds after which it is to be tried again; null for written, or nothing new
   * @throws KubeosError CLUSTER; the next try is not made before a while
   */
  async write(
    instance: OsInstance,
    report: NodeReport,
    signal: AbortSignal,
  ): Promise<number | null> {
    if (isDeepStrictEqual(report, instance.status) || this.#hasSent(report, instance)) return null;
    const nowMs = performance.now();
    const waitMs = this.#waitMs(isSameButProgress(report, instance.status), nowMs);
    if (waitMs > 0) return waitMs;
    try {
      this.#answered = osInstanceSchema.parse(await this.#apply(report, signal));
      [this.#writtenMs, this.#failures, this.#sent] = [nowMs, 0, report];
      return null;
    } catch (error) {
      this.#failures += 1;
      this.#notBeforeMs = nowMs + retryMs(this.#failures);
      throw error;
    }
  }

  /** Until the next try after one that failed; null where none did. */
  get retryInMs(): number | null {
    return this.#failures === 0 ? null : Math.max(0, this.#notBeforeMs - performance.now());
  }

  /** What a CRD of an older release leaves out is not sent again and again. */
  #hasSent(report: NodeReport, instance: OsInstance): boolean {
    const isAnswer = instance.metadata.resourceVersion === this.#answered?.metadata.resourceVersion;
    return isAnswer && isDeepStrictEqual(report, this.#sent);
  }

  #waitMs(isProgress: boolean, nowMs: number): number {
    const progress = isProgress ? this.#writtenMs + PROGRESS_MS : Number.NEGATIVE_INFINITY;
    const retry = this.#failures === 0 ? Number.NEGATIVE_INFINITY : this.#notBeforeMs;
    return Math.max(progress, retry) - nowMs;
  }

  async #apply(report: NodeReport, signal: AbortSignal): Promise<unknown> {
    const { namespace, name } = this.#place;
    const object = {
      ...{ apiVersion: API_VERSION, kind: 'OSInstance', metadata: { name, namespace } },
      status: withoutNulls(report),
    };
    const path = `${instancesPath(namespace)}/${encodeURIComponent(name)}/status`;
    return await applyObject(this.#api, object, { path, fieldManager: FIELD_MANAGER, signal });
  }
}

/** What there is not is not named, and so given up. */
const withoutNulls = (report: NodeReport): object =>
  Object.fromEntries(Object.entries(report).filter(([, value]) => value !== null));

const retryMs = (failures: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);

/** Versions of one kind are numbers that grow (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions). */
function isOlder({ metadata: one }: OsInstance, { metadata: other }: OsInstance): boolean {
  const [first, second] = [one.resourceVersion, other.resourceVersion];
  if (!/^\d+$/.test(first) || !/^\d+$/.test(second)) return true;
  return BigInt(first) < BigInt(second);
}
