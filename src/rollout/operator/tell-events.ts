import type { KubeApi } from '../../kube/kube-api.ts';
import { writeEvent, type EventOf } from '../../kube/write-event.ts';
import type { NodeObject } from '../api/node-object.ts';
import type { OsObject } from '../api/os-object.ts';
import type { OsStatus } from '../api/os-status.ts';
import type { NodeOutcome } from '../plan/fleet.ts';
import type { Step } from '../plan/step.ts';
import { API_VERSION } from './step-writes.ts';

export interface EventParts {
  readonly api: KubeApi;
  readonly identity: string;
  readonly log: (line: string) => void;
}

/** Tells the cluster what happened. Nobody waits for it, and one that cannot be told delays nothing. */
export class Events implements AsyncDisposable {
  readonly #parts: EventParts;
  #told: Promise<void> = Promise.resolve();

  constructor(parts: EventParts) {
    this.#parts = parts;
  }

  tell(events: readonly EventOf[]): void {
    const { api, identity: instance, log } = this.#parts;
    const source = { controller: 'upgrade.openeuler.org/operator', instance };
    for (const event of events) {
      this.#told = this.#told
        .then(async () => await writeEvent(api, event, source))
        .catch((error: unknown) => log(`event: ${error instanceof Error ? error.message : ''}`));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#told;
  }
}

/** Each change of the reason is one event of the object. */
export function eventsOfStatus(
  { metadata, status: before }: OsObject,
  status: OsStatus,
): readonly EventOf[] {
  const last = status.history.at(-1);
  const known = before.history.at(-1);
  if (last === undefined || (last.reason === known?.reason && last.time === known.time)) return [];
  const { name, namespace, uid } = metadata;
  const isStalled = status.conditions.some(({ type }) => type === 'Stalled');
  return [
    {
      regarding: { apiVersion: API_VERSION, kind: 'OS', name, namespace, uid },
      ...{ type: isStalled ? 'Warning' : 'Normal', action: 'Rollout', reason: last.reason },
      note: last.message,
    },
  ];
}

/** Of a node: the beginning and the end of its run. */
export function eventsOfStep(step: Step, node: NodeObject | undefined): readonly EventOf[] {
  if (node === undefined || (step.do !== 'begin' && step.do !== 'close')) return [];
  const { name, uid } = node.metadata;
  const regarding = { apiVersion: 'v1', kind: 'Node', name, uid };
  if (step.do === 'begin') {
    const note = `is to run ${step.target.version} (${step.target.digest})`;
    return [{ regarding, type: 'Normal', action: 'Upgrade', reason: 'NodeUpgrading', note }];
  }
  const [reason, type] = ENDS[step.outcome];
  return [{ regarding, type, action: 'Upgrade', reason, note: step.message }];
}

const ENDS: Readonly<Record<NodeOutcome['kind'], readonly [string, EventOf['type']]>> = {
  done: ['NodeUpgraded', 'Normal'],
  'rolled-back': ['NodeRolledBack', 'Normal'],
  undone: ['NodeReleased', 'Normal'],
  postponed: ['NodePostponed', 'Warning'],
  failed: ['NodeFailed', 'Warning'],
  'fell-back': ['NodeFellBack', 'Warning'],
  quarantined: ['NodeQuarantined', 'Warning'],
};
