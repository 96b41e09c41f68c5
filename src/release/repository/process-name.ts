import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process, by what no later one has again. */
export interface ProcessName {
  readonly host: string;
  /** machine-id(5); empty where there is none, in a container perhaps. */
  readonly machine: string;
  /** The kernel's random id of this boot. */
  readonly boot: string;
  /** In which its number counts (pid_namespaces(7)): containers of one machine may share the host's name. */
  readonly namespace: string;
  readonly pid: number;
  /** In clock ticks since boot: proc(5), /proc/pid/stat, field 22. */
  readonly started: string;
}

export async function thisProcess(): Promise<ProcessName> {
  return {
    host: hostname(),
    machine: await readWord('/etc/machine-id'),
    boot: await readWord('/proc/sys/kernel/random/boot_id'),
    namespace: await readlink('/proc/self/ns/pid'),
    pid: process.pid,
    started: (await startOf(process.pid)) ?? '',
  };
}

/** Null where that cannot be told from here: it ran on another machine, in another container, or is hidden. */
export async function isAlive(name: ProcessName): Promise<boolean | null> {
  const own = await thisProcess();
  if (name.boot !== own.boot) return isSameMachine(name, own) ? false : null;
  if (name.namespace !== own.namespace) return null;
  const started = await startOf(name.pid);
  if (started !== null) return started === name.started;
  return isThere(name.pid) ? null : false;
}

/** Machines may have one name, and where they were copied one id. */
function isSameMachine(name: ProcessName, own: ProcessName): boolean {
  return own.machine !== '' && name.machine === own.machine && name.host === own.host;
}

async function readWord(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim();
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

/** Processes of other users may be hidden in /proc (its option hidepid), but not from kill(2). */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
