import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommandResult } from '../../src/host/commands.ts';
import { commands } from '../boot/testbed.ts';
import { powerOf, readConsole, type HostMachine, type HostPower } from './host-node-power.ts';
import { HOST_ADDRESS } from '../../src/demo/nodes/node-cluster.ts';

export interface HostNodeRequest extends HostMachine {
  /** In 10.0.0.0/16. */
  readonly address: string;
  /** Contents by the names of systemd's system credentials. */
  readonly credentials: Readonly<Record<string, string>>;
}

/**
 * A machine on this host's kernel: it boots a disk as a real one would, its init is the image's own in namespaces of its own,
 * and it restarts where that asks for it.
 */
export interface HostNode extends AsyncDisposable {
  /** Runs a program of the image on the node. @throws KubeosError COMMAND_FAILED, Error where the node does not run */
  run(...args: readonly string[]): Promise<CommandResult>;
  readonly power: HostPower;
}

export async function startHostNode(request: HostNodeRequest): Promise<HostNode> {
  await fillFolder(request);
  const power = powerOf(request);
  power.on();
  return {
    power,
    run: async (...args) => {
      const target = `--target=${await firstProcess(request, power)}`;
      return await commands.run({ tool: 'nsenter', args: [target, ...INSIDE, '--', ...args] });
    },
    [Symbol.asyncDispose]: async () => await power.cut(),
  };
}

const INSIDE = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--wd=/'];

async function fillFolder({ folder, address, credentials }: HostNodeRequest): Promise<void> {
  await mkdir(path.join(folder, 'root'), { recursive: true });
  await mkdir(path.join(folder, 'credentials'), { recursive: true, mode: 0o700 });
  const all = { ...credentials, 'network.network.50-node': networkOf(address) };
  for (const [name, content] of Object.entries(all)) {
    await writeFile(path.join(folder, 'credentials', name), content, { mode: 0o600 });
  }
}

/** systemd.network(5), by way of systemd-network-generator(8): the image's own asks DHCP, and never a veth. */
const networkOf = (address: string): string => `[Match]
Name=eth0

[Network]
Address=${address}/16
Gateway=${HOST_ADDRESS}
LinkLocalAddressing=no
IPv6AcceptRA=no
`;

/** @returns its number on this host */
async function firstProcess(machine: HostMachine, power: HostPower): Promise<number> {
  const text = await readFile(path.join(machine.folder, 'pid'), 'utf8').catch(() => '');
  const id = Number.parseInt(text, 10);
  const namespace = await readlink(`/proc/${id}/ns/pid`).catch(() => null);
  // What restarts or ends a machine must never be told to the host's own first process.
  if (namespace !== null && namespace !== (await readlink('/proc/self/ns/pid'))) return id;
  const said = power.fault()?.message ?? (await readConsole(machine));
  throw new Error(`${machine.name} does not run: ${said}`);
}
