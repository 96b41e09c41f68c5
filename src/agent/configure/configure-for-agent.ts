import { access, readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCommand } from '../command-runner.ts';
import { askHttp } from '../health/ask-http.ts';
import { CHECK_PLACES } from '../health/node-checks.ts';
import { answerOrder } from './answer-order.ts';
import { openBootArguments } from './boot-arguments.ts';
import { holdAlone } from './hold-alone.ts';
import { kernelSettings } from './kernel-settings.ts';
import { isUnitActive, restartUnit } from './restart-unit.ts';
import type { ConfigurationParts } from './run-configuration.ts';
import { recover } from './transaction.ts';

type Log = (line: string) => void;

/** In a process of its own: the daemon can write none of what it writes. */
export async function configureForAgent(socket: Duplex, log: Log): Promise<void> {
  await answerOrder(socket, await nodeParts(log));
}

/** Takes back what a process left that was killed, or a machine that lost power. */
export async function revertConfiguration(log: Log): Promise<void> {
  const { alone, host } = await nodeParts(log);
  using _ = await holdAlone(alone);
  if (await recover(host)) log('a configuration that did not come to its end was taken back');
}

const KUBELET_TIMEOUT_MS = 3000;

async function nodeParts(log: Log): Promise<ConfigurationParts> {
  const world = {
    read: readCommand,
    wait: async (ms: number): Promise<void> => await sleep(ms),
    askKubelet: async () => (await askHttp(CHECK_PLACES.kubelet, KUBELET_TIMEOUT_MS)).text,
  };
  return {
    policy: '/usr/lib/kubeos/policy.json',
    persist: CHECK_PLACES,
    alone: '/persist/kubeos/configure/lock',
    host: {
      root: '/',
      journal: '/persist/kubeos/configure/journal.json',
      bootId: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim(),
      kernel: kernelSettings('/proc/sys'),
      openArguments: async () => await openBootArguments(KERNEL_FILES),
      isUnitActive: async (unit) => await isUnitActive(unit, world),
      restartUnit: async (unit) => await restartUnit(unit, world),
      exists: async (file) =>
        await access(file).then(
          () => true,
          () => false,
        ),
      log,
    },
  };
}

const KERNEL_FILES = { proc: '/proc', sys: '/sys', dev: '/dev' } as const;
