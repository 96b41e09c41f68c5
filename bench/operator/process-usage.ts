import { readFileSync } from 'node:fs';

/** What the kernel says of a process (proc_pid_status(5), proc_pid_stat(5)). */
export interface Usage {
  readonly atMs: number;
  readonly rssMb: number;
  /** The most it ever had. */
  readonly peakRssMb: number;
  readonly cpuSeconds: number;
}

/** On every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kb = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may have spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return {
    atMs: Date.now(),
    ...{ rssMb: (kb('VmRSS') * 1024) / 1e6, peakRssMb: (kb('VmHWM') * 1024) / 1e6 },
    cpuSeconds: (user + system) / TICKS_PER_SECOND,
  };
}
