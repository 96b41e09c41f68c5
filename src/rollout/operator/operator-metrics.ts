import { Gauge, Histogram, Registry } from 'prom-client';
import type { FleetNode } from '../plan/fleet.ts';
import type { Step } from '../plan/step.ts';
import { GAUGES, type Passed } from './operator-gauges.ts';

/** Of the operator, as Prometheus reads it. Everything but durations is what is so now; what is gone has no series. */
export class OperatorMetrics {
  /** Everything that is told, by name; the reference is made from it. */
  readonly registry = new Registry();
  #passed: Passed = { rollouts: [], drains: new Map(), atMs: 0 };
  readonly #duration = new Histogram({
    name: 'kubeos_phase_duration_seconds',
    help: 'How long nodes took for a part of their run; prepare has the wait for their turn in it',
    labelNames: ['os', 'phase'],
    buckets: [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200],
    registers: [this.registry],
  });

  constructor(version: string) {
    const info = {
      name: 'kubeos_build_info',
      help: 'What runs',
      labelNames: ['component', 'version'],
    };
    new Gauge({ ...info, registers: [this.registry] }).set({ component: 'operator', version }, 1);
    for (const { name, help, labels, collect } of GAUGES) {
      const gauge = new Gauge({ name, help, labelNames: [...labels], registers: [this.registry] });
      const set = (values: Record<string, string>, value: number): void => gauge.set(values, value);
      this.#collectors.push(() => {
        gauge.reset();
        collect(this.#passed, set);
      });
    }
  }

  readonly #collectors: (() => void)[] = [];

  passed(passed: Passed): void {
    this.#passed = passed;
  }

  /** A step that was written may end a part of a node's run. */
  count(
    os: string,
    step: Step,
    { node, nowMs }: { readonly node: FleetNode | null; readonly nowMs: number },
  ): void {
    const since = node?.run?.since;
    if (since === undefined) return;
    const { prepare, drain = nowMs, activate } = since;
    if (step.do === 'drain')
      this.#duration.observe({ os, phase: 'prepare' }, (nowMs - prepare) / 1000);
    if (step.do === 'activate')
      this.#duration.observe({ os, phase: 'drain' }, (nowMs - drain) / 1000);
    if (step.do === 'close' && activate !== undefined) {
      this.#duration.observe({ os, phase: 'switch' }, (nowMs - activate) / 1000);
    }
  }

  async text(): Promise<string> {
    for (const collect of this.#collectors) collect();
    return await this.registry.metrics();
  }
}
