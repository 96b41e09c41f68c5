import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { locateTool } from '../../src/host/run-commands.ts';
import { ROOT } from '../boot/testbed.ts';
import { bootFromDisk } from './host-node-firmware.ts';
import type { HostNodeNetwork } from './host-node-network.ts';

export interface HostMachine {
  readonly name: string;
  /** A disk image as built; it is the machine's to write. */
  readonly disk: string;
  /** Private files of this machine. */
  readonly folder: string;
  readonly network: HostNodeNetwork;
}

/** The power of a machine. While it is on, whatever ends the machine but its own power-off starts it again. */
export interface HostPower {
  on(): void;
  /** Ends the machine at once; what it had written is on its disk. */
  cut(): Promise<void>;
  /** How often it has started. */
  starts(): number;
  /** What no machine does, and is a fault of this test. */
  fault(): Error | null;
}

export function powerOf(machine: HostMachine): HostPower {
  const state: { isOn: boolean; starts: number; fault: Error | null; run: Run | null } = {
    ...{ isOn: false, starts: 0, fault: null, run: null },
  };
  let ended: Promise<void> = Promise.resolve();
  const keepRunning = async (): Promise<void> => {
    let next: End = 'restart';
    while (state.isOn && next === 'restart') {
      state.starts += 1;
      state.run = await startRun(machine);
      if (!state.isOn) state.run.cut();
      next = await state.run.ended;
    }
  };
  return {
    starts: () => state.starts,
    fault: () => state.fault,
    on: () => {
      state.isOn = true;
      ended = keepRunning().catch((error: unknown) => {
        state.fault = error instanceof Error ? error : new Error(String(error));
      });
    },
    cut: async () => {
      state.isOn = false;
      state.run?.cut();
      await ended;
    },
  };
}

type End = 'restart' | 'off';

interface Run {
  readonly ended: Promise<End>;
  readonly cut: () => void;
}

const POWER = fileURLToPath(new URL('host-node/power.sh', import.meta.url));

/** How the first process of a PID namespace ends (reboot(2)); 10 is that of an initramfs that restarts the machine. */
const ENDS: ReadonlyMap<unknown, End> = new Map([
  [129, 'restart'],
  [10, 'restart'],
  [130, 'off'],
]);

async function startRun(machine: HostMachine): Promise<Run> {
  const { slot, commandLine, partitions } = await bootFromDisk(machine.disk);
  await writeFile(path.join(machine.folder, 'command-line'), `${commandLine}\n`);
  const places = partitions.map(({ offset, size }) => `${offset},${size}`);
  const running = await spawnPower(machine, [slot === 'A' ? '2' : '3', ...places]);
  let isCut = false;
  const ended = once(running, 'exit').then(async ([code]): Promise<End> => {
    const end = isCut ? 'off' : ENDS.get(code);
    if (end !== undefined) return end;
    throw new Error(`it ended with ${String(code)}:\n${await readConsole(machine)}`);
  });
  const cut = (): void => {
    isCut = true;
    running.stdio[3]?.destroy();
  };
  return { ended, cut };
}

async function spawnPower(machine: HostMachine, more: readonly string[]) {
  const { name, disk, folder, network } = machine;
  await using console = await open(path.join(folder, 'console'), 'a');
  const args = [`--net=${network.namespace}`, 'sh', POWER, folder, disk, ...more];
  return spawn(await locateTool('nsenter'), args, {
    // What ends this process with its group must leave it the time to clean up; it ends when the pipe closes.
    detached: true,
    stdio: ['ignore', console.fd, console.fd, 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', name, templates: path.join(ROOT, 'templates') },
  });
}

/** What the machine said before its init began. */
export async function readConsole({ folder }: Pick<HostMachine, 'folder'>): Promise<string> {
  return await readFile(path.join(folder, 'console'), 'utf8').catch(() => '');
}
