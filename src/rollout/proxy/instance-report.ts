import { isDeepStrictEqual } from 'node:util';
import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { instanceStatus, osInstanceSchema, type OsInstance } from '../api/os-instance.ts';
import { API_VERSION, INSTANCES_NAMESPACE, INSTANCES_PATH } from '../api/resource-paths.ts';
import { isSameButProgress, type NodeReport } from './report-status.ts';

export interface ReportParts {
  readonly api: KubeApi;
  readonly nodeName: string;
  /** An answer is known before the watch tells it. */
  readonly remember: (answer: unknown) => void;
  readonly signal: AbortSignal;
}

const FIELD_MANAGER = 'kubeos-proxy';
const PROGRESS_MS = 10_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/** Writes the status of this node's OSInstance: all of it, by server-side apply, when something of it is new. */
export class InstanceReport {
  readonly #parts: ReportParts;
  #sent: { readonly report: NodeReport; readonly version: string } | null = null;
  #writtenMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ReportParts) {
    this.#parts = parts;
  }

  /**
   * @returns milliseconds after which it is to be tried again; null for written, or nothing new
   * @throws KubeosError CLUSTER; the next try is not made before a while
   */
  async write(instance: OsInstance, seen: NodeReport): Promise<number | null> {
    // As it will be read: what is compared with what was read before.
    const report = instanceStatus.parse(seen);
    if (isDeepStrictEqual(report, instance.status) || this.#hasSent(report, instance)) return null;
    const nowMs = performance.now();
    const waitMs = this.#waitMs(isSameButProgress(report, instance.status), nowMs);
    if (waitMs > 0) return waitMs;
    try {
      const answer = await this.#apply(report);
      const { resourceVersion: version } = osInstanceSchema.parse(answer).metadata;
      this.#sent = { report, version };
      [this.#writtenMs, this.#failures] = [nowMs, 0];
      this.#parts.remember(answer);
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
    const isAnswer = instance.metadata.resourceVersion === this.#sent?.version;
    return isAnswer && isDeepStrictEqual(report, this.#sent?.report);
  }

  #waitMs(isProgress: boolean, nowMs: number): number {
    const progress = isProgress ? this.#writtenMs + PROGRESS_MS : Number.NEGATIVE_INFINITY;
    const retry = this.#failures === 0 ? Number.NEGATIVE_INFINITY : this.#notBeforeMs;
    return Math.max(progress, retry) - nowMs;
  }

  async #apply(report: NodeReport): Promise<unknown> {
    const { api, nodeName: name, signal } = this.#parts;
    const object = {
      ...{ apiVersion: API_VERSION, kind: 'OSInstance' },
      ...{ metadata: { name, namespace: INSTANCES_NAMESPACE }, status: withoutNulls(report) },
    };
    const path = `${INSTANCES_PATH}/${encodeURIComponent(name)}/status`;
    return await applyObject(api, object, { path, fieldManager: FIELD_MANAGER, signal });
  }
}

/** What there is not is not named, and so given up. */
const withoutNulls = (report: NodeReport): object =>
  Object.fromEntries(Object.entries(report).filter(([, value]) => value !== null));

const retryMs = (failures: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
