import type { HostFact } from '../builder/host-check/host-fact.ts';
import { MACHINE_MIB } from './nodes/node-machine.ts';

const MACHINES = 2;
/** What QEMU takes beside the guest's memory: under emulation also what it has translated, at most 1 GiB. */
const BESIDE_MIB = { kvm: 128, tcg: 1024 } as const;
const CONTROL_PLANE_MIB = 1024;

/**
 * Whether the control plane and both machines fit into the memory of this host, which would otherwise end one of them.
 *
 * @param meminfo as proc_meminfo(5) has it: what can be had without swapping, and what can still be swapped out
 */
export function memoryFact(meminfo: string, accelerator: 'kvm' | 'tcg'): HostFact {
  const freeMiB = mibOf(meminfo, 'MemAvailable') + mibOf(meminfo, 'SwapFree');
  const machineMiB = MACHINE_MIB + BESIDE_MIB[accelerator];
  const neededMiB = CONTROL_PLANE_MIB + MACHINES * machineMiB;
  const missingMiB = Math.ceil(neededMiB - freeMiB);
  return {
    subject: 'memory',
    found: `${Math.floor(freeMiB)} MiB free`,
    purpose: `a control plane and ${MACHINES} machines, about ${neededMiB} MiB`,
    remedy: missingMiB <= 0 ? null : `end programs that hold ${missingMiB} MiB, or add swap`,
  };
}

function mibOf(meminfo: string, name: string): number {
  const [, kib = '0'] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo) ?? [];
  return Number(kib) / 1024;
}
