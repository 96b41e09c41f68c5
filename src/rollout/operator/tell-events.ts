import type { KubeApi } from '../../kube/kube-api.ts';
import { writeEvent, type EventOf } from '../../kube/write-event.ts';
import type { NodeObject } from '../api/node-object.ts';
import type { OsObject } from '../api/os-object.ts';
import type { OsStatus } from '../api/os-status.ts';
import type { NodeOutcome } from '../plan/fleet.ts';
import type { Step } from '../plan/step.ts';
import { API_VERSION } from '../api/resource-paths.ts';

export interface EventParts {
  readonly api: KubeApi;
  readonly identity: string;
  readonly log: (line: string) => void;
}

const CONTROLLER = 'upgrade.openeuler.org/operator';
/** What waits beyond that is not told: whoever looks for events has the status of the object, too. */
const MOST_WAITING = 1000;
/** An operator that ends hands over its lease next. */
const FAREWELL_MS = 2000;

/** Tells the cluster what happened. Nobody waits for it, and one that cannot be told delays nothing. */
export class Events implements AsyncDisposable {
  readonly #parts: EventParts;
  readonly #end = new AbortController();
  #told: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(parts: EventParts) {
    this.#parts = parts;
  }

  tell(events: readonly EventOf[]): void {
    for (const event of events) {
      if (this.#waiting >= MOST_WAITING) {
        this.#lost(event, `${MOST_WAITING} others wait to be told`);
        continue;
      }
      this.#waiting += 1;
      this.#told = this.#told.then(async () => await this.#write(event));
    }
  }

  async #write(event: EventOf): Promise<void> {
    const { api, identity: instance } = this.#parts;
    const { signal } = this.#end;
    try {
      await writeEvent(api, event, { controller: CONTROLLER, instance, signal });
    } catch (error) {
      this.#lost(event, error instanceof Error ? error.message : String(error));
    } finally {
      this.#waiting -= 1;
    }
  }

  #lost({ regarding, reason }: EventOf, why: string): void {
    this.#parts.log(`event ${reason} of ${regarding.name} is not told: ${why}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const giveUp = (): void => this.#end.abort(new Error('the operator ends'));
    const timer = setTimeout(giveUp, FAREWELL_MS);
    await this.#told;
    clearTimeout(timer);
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
