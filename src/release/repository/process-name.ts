import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process, by what no later one has again. */
export interface ProcessName {
  readonly host: string;
  /** The kernel's random id of this boot. */
  readonly boot: string;
  readonly pid: number;
  /** In clock ticks since boot: proc(5), /proc/pid/stat, field 22. */
  readonly started: string;
}

export async function thisProcess(): Promise<ProcessName> {
  return {
    host: hostname(),
    boot: await bootId(),
    pid: process.pid,
    started: (await startOf(process.pid)) ?? '',
  };
}

/** Null where that cannot be told from here: it ran on another machine, or in another container. */
export async function isAlive(name: ProcessName): Promise<boolean | null> {
  if (name.host !== hostname()) return null;
  if (name.boot !== (await bootId())) return false;
  return (await startOf(name.pid)) === name.started;
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may have spaces: field 22 is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
