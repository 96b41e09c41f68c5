import type { Requests } from './audit-log.ts';
import type { MeasuredCluster } from './measured-cluster.ts';
import type { OperatorProcess } from './operator-process.ts';

/** What an operator did in some time. */
export interface Window {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** At the end of it, and the most that it ever had. */
  readonly rssMb: number;
  readonly peakRssMb: number;
  readonly requests: Requests;
}

/** @returns beside what the work says */
export async function measureWindow<T>(
  { audit }: Pick<MeasuredCluster, 'audit'>,
  operator: OperatorProcess,
  work: () => Promise<T>,
): Promise<{ readonly window: Window; readonly value: T }> {
  const before = operator.usage();
  const value = await Promise.race([work(), operator.failed]);
  const after = operator.usage();
  const window = {
    seconds: (after.atMs - before.atMs) / 1000,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    ...{ rssMb: after.rssMb, peakRssMb: after.peakRssMb },
    requests: await audit.between(before.atMs, after.atMs),
  };
  return { window, value };
}
