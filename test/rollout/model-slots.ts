import { otherSlot, reconcile, type NodeState } from '../../src/agent/slots/node-state.ts';
import {
  activate,
  beginWriting,
  commit,
  finishWriting,
  refuseTrial,
  rollBack,
} from '../../src/agent/slots/transitions.ts';
import { decideSlot } from '../../src/disk/grub-environment-decision.ts';
import { grubVariablesOf, type Slot } from '../../src/disk/grub-environment-slots.ts';
import type { RecordedRelease, SlotRecord } from '../../src/disk/slot-records.ts';
import { KubeosError } from '../../src/errors.ts';

export const NOW = new Date('2026-01-01T00:00:00Z');
export const refused = (message: string): KubeosError => new KubeosError('REFUSED', message);

const OK = { ok: true, tries: 0 } as const;
const NEVER = { ok: false, tries: 0 } as const;

/** Records and environment block of a node in memory. Transitions, reconciling and GRUB's choice are the real ones. */
export class ModelSlots {
  booted: Slot = 'A';
  boot = 1;
  state: NodeState;
  #configured: Record<Slot, RecordedRelease | null>;

  constructor(running: RecordedRelease, standby: RecordedRelease | null) {
    const since = NOW.toISOString();
    const good = (release: RecordedRelease | null): SlotRecord =>
      ({ state: release === null ? 'empty' : 'good', release, since, activatedIn: null }) as const;
    this.#configured = { A: running, B: standby };
    this.state = {
      records: { A: good(running), B: good(standby), failed: [], floor: 0 },
      environment: { order: 'A B', A: OK, B: standby === null ? NEVER : OK },
    };
    this.settle();
  }

  get bootId(): string {
    return `boot-${this.boot}`;
  }

  get running(): SlotRecord {
    return this.state.records[this.booted];
  }

  get standby(): SlotRecord {
    return this.state.records[otherSlot(this.booted)];
  }

  beginWriting(release: RecordedRelease): void {
    this.#configure(null);
    this.state = beginWriting(this.state, release, this.#at);
  }

  finishWriting(release: RecordedRelease): void {
    this.#configure(release);
    this.state = finishWriting(this.state, release, this.#at);
  }

  activate(digest: string): void {
    const { state, release } = this.standby;
    const isHeld = release?.digest === digest && ['written', 'good', 'trial'].includes(state);
    if (!isHeld) throw refused('the slot does not hold it');
    this.state = activate(this.state, { bootId: this.bootId, holdSeconds: 600 }, this.#at);
    this.settle();
  }

  rollBack(): void {
    if (this.standby.state !== 'good') throw refused('not good');
    this.state = rollBack(this.state, this.#at);
    this.settle();
  }

  commit(): void {
    this.state = commit(this.state, this.#at);
    this.settle();
  }

  refuse(): void {
    this.state = refuseTrial(this.state, { code: 'UNHEALTHY', message: 'by order' }, this.#at);
  }

  /** As GRUB does; `takes` says whether it finds a slot whole. */
  comeUp(takes: (slot: Slot) => boolean): void {
    this.boot += 1;
    for (const attempt of decideSlot(this.state.environment)) {
      if (attempt.kind === 'trial') {
        const counted = { ok: false, tries: attempt.triesLeft };
        const environment = { ...this.state.environment, [attempt.slot]: counted };
        this.state = { ...this.state, environment };
      }
      if (!takes(attempt.slot)) continue;
      this.booted = attempt.slot;
      break;
    }
    this.settle();
  }

  /** As the agent does at its start, and before it changes anything. */
  settle(): void {
    const { records, environment } = this.state;
    this.state = reconcile({
      ...{ booted: this.booted, bootId: this.bootId, records, now: NOW },
      environment: { kind: 'intact', variables: grubVariablesOf(environment) },
      configured: this.#configured,
    });
  }

  get #at() {
    return { booted: this.booted, now: NOW };
  }

  #configure(release: RecordedRelease | null): void {
    this.#configured = { ...this.#configured, [otherSlot(this.booted)]: release };
  }
}
