import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Slot } from '../../disk/grub-environment-slots.ts';
import { slotRecordSchema } from '../../disk/slot-records.ts';
import { BLOCK_BYTES } from '../../release/block-table.ts';
import type { OperationResult } from '../operations/operation.ts';
import type { AgentStatus } from '../status.ts';

const SLOTS = ['A', 'B'] as const;
const STATES = slotRecordSchema.shape.state.options;

/** What one agent tells Prometheus. No label has values that a client chooses. */
export class AgentMetrics {
  /** Everything that is told, by name; the reference is made from it. */
  readonly registry = new Registry();
  readonly #told;

  constructor(version: string) {
    this.#told = metricsIn(this.registry);
    this.#told.build.set({ component: 'agent', version }, 1);
  }

  /** Counts an operation that has ended. */
  count({ kind, outcome, phases, transfer }: OperationResult): void {
    const { operations, seconds, bytes } = this.#told;
    operations.inc({ kind, outcome });
    for (const { phase, seconds: took } of phases) seconds.observe({ kind, phase }, took);
    if (transfer === null) return;
    const { blocks, blocksReused, blocksCopied, blocksWritten, bytesTransferred } = transfer;
    bytes.inc({ source: 'fetched' }, bytesTransferred);
    bytes.inc({ source: 'reused' }, blocksReused * BLOCK_BYTES);
    bytes.inc({ source: 'copied' }, blocksCopied * BLOCK_BYTES);
    bytes.inc({ source: 'written' }, blocksWritten * BLOCK_BYTES);
    bytes.inc({ source: 'saved' }, Math.max(0, blocks * BLOCK_BYTES - bytesTransferred));
  }

  /** The text format of Prometheus, version 0.0.4. */
  async text(status: AgentStatus): Promise<string> {
    this.#show(status);
    return await this.registry.metrics();
  }

  #show(status: AgentStatus): void {
    const told = this.#told;
    told.slot.reset();
    for (const slot of SLOTS) this.#showSlot(slot, status);
    told.busy.set(Number(status.operation !== null));
    told.trial.set(Number(status.trial !== null));
    told.failing.set(status.trial?.failing.length ?? 0);
    told.failed.set(status.failed.length);
    told.floor.set(status.floor);
    told.grub.reset();
    told.grub.set({ version: status.grub.booted ?? '', state: status.grub.state }, 1);
  }

  #showSlot(slot: Slot, { booted, next, slots }: AgentStatus): void {
    const told = this.#told;
    const { state, release, triesLeft } = slots[slot];
    told.booted.set({ slot }, Number(slot === booted));
    told.next.set({ slot }, Number(slot === next.slot));
    told.tries.set({ slot }, triesLeft ?? 0);
    for (const one of STATES) told.state.set({ slot, state: one }, Number(one === state));
    if (release === null) return;
    const { version, digest } = release;
    told.slot.set({ slot, version, digest }, 1);
  }
}

function metricsIn(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `kubeos_${name}`, help, labelNames, registers: [registry] });
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `kubeos_agent_${name}`, help, labelNames, registers: [registry] });
  return {
    build: gauge('build_info', 'The version of this program', ['component', 'version']),
    slot: gauge('agent_slot_info', 'The release in a slot', ['slot', 'version', 'digest']),
    state: gauge('agent_slot_state', 'The state of a slot: 1 for the one it is in', [
      ...['slot', 'state'],
    ]),
    booted: gauge('agent_slot_booted', 'Whether the slot runs', ['slot']),
    next: gauge('agent_slot_next', 'Whether the next boot takes the slot', ['slot']),
    tries: gauge('agent_slot_tries_left', 'Boots left on trial', ['slot']),
    trial: gauge('agent_trial', 'Whether the running release is on trial'),
    failing: gauge('agent_trial_failing_checks', 'Required checks that are not good on this trial'),
    failed: gauge('agent_failed_releases', 'Releases that this node fell back from'),
    floor: gauge('agent_security_floor', 'No release with a smaller epoch may be installed'),
    grub: gauge('agent_grub_info', 'The GRUB that booted, beside that of the running release', [
      ...['version', 'state'],
    ]),
    busy: gauge('agent_operation_in_progress', 'Whether an operation goes on'),
    operations: counter('operations_total', 'Operations that ended', ['kind', 'outcome']),
    bytes: counter('bytes_total', 'Bytes of images, by where they came from or went to', [
      'source',
    ]),
    seconds: new Histogram({
      name: 'kubeos_agent_phase_duration_seconds',
      help: 'How long the phases of operations took',
      labelNames: ['kind', 'phase'],
      buckets: [0.1, 1, 5, 15, 60, 300, 900, 3600],
      registers: [registry],
    }),
  };
}
