import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { startQemu, type QemuMachine } from '../qemu/start-qemu.ts';
import { KUBELET_PORT, type DistantNode } from './kubelet-route.ts';
import { HOST_ADDRESS } from './node-cluster.ts';

export const MACHINE_MIB = 768;

export interface NodeMachineRequest {
  readonly disk: string;
  /** 1 and up: its address is 10.0.NUMBER.15. */
  readonly number: number;
  /** Private files of this machine. */
  readonly folder: string;
  readonly credentials: Readonly<Record<string, string>>;
  /** Default: emulation, the same everywhere. */
  readonly accelerator?: 'kvm' | 'tcg';
  /** A file for all that its console shows. */
  readonly log?: string;
  /** Of QEMU. */
  readonly extraArguments?: readonly string[];
}

export interface NodeMachine extends QemuMachine, DistantNode {}

/** A node in QEMU, with its credentials from the hypervisor (systemd.system-credentials(7): SMBIOS type 11). */
export async function startNodeMachine(request: NodeMachineRequest): Promise<NodeMachine> {
  const { disk, number, folder, credentials } = request;
  const strings = Object.entries(credentials).map(async ([name, content]) => {
    const file = path.join(folder, name);
    const base64 = Buffer.from(content).toString('base64');
    await writeFile(file, `io.systemd.credential.binary:${name}=${base64}`, { mode: 0o600 });
    return ['-smbios', `type=11,path=${file}`];
  });
  const address = `10.0.${number}.15`;
  const network = [
    ...['user', 'id=net0', 'net=10.0.0.0/16', `host=${HOST_ADDRESS}`, `dhcpstart=${address}`],
    ...[22, KUBELET_PORT].map((port) => `hostfwd=tcp:127.0.0.1:0-:${port}`),
  ].join(',');
  const machine = await startQemu({
    ...{ firmware: 'uefi', disks: [{ file: disk }], memoryMiB: MACHINE_MIB, isAlone: false },
    accelerator: request.accelerator ?? 'tcg',
    ...(request.log === undefined ? {} : { log: request.log }),
    extraArguments: [
      ...(await Promise.all(strings)).flat(),
      // A restart is one of the same machine.
      ...['-action', 'reboot=reset'],
      ...['-netdev', network],
      // Nodes of one network need addresses of their own.
      ...['-device', `virtio-net-pci,netdev=net0,romfile=,mac=52:54:00:00:00:0${number}`],
      ...(request.extraArguments ?? []),
    ],
  });
  const dialKubelet = async () => connect(await machine.hostPort(KUBELET_PORT), '127.0.0.1');
  return { ...machine, address, dialKubelet };
}
