import path from 'node:path';
import {
  startNodeMachine,
  type NodeMachine,
  type NodeMachineRequest,
} from '../../src/demo/nodes/node-machine.ts';
import { openGuestShell, shellArguments, type GuestShell } from '../boot/guest-shell.ts';
import { BOOT_TIMEOUT_MS } from '../boot/testbed.ts';

export interface ShellMachine extends NodeMachine {
  /** Once its systemd has come so far. */
  readonly openShell: () => Promise<GuestShell>;
}

/** Not of the image: what a test does on a node comes with its credentials (systemd-debug-generator(8)). */
const SHELL = {
  'systemd.extra-unit.test-shell.service': `[Unit]
Description=Root shell on the second serial port
DefaultDependencies=no
After=sysinit.target

[Service]
ExecStart=/bin/sh
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
TTYReset=yes
Environment=PS1= PATH=/usr/sbin:/usr/bin:/sbin:/bin
KillSignal=SIGKILL
Restart=always
`,
  'systemd.unit-dropin.sysinit.target': '[Unit]\nWants=test-shell.service\n',
};

/** A node in QEMU on which a test can do something. */
export async function startShellMachine(request: NodeMachineRequest): Promise<ShellMachine> {
  const socket = path.join(request.folder, 'shell');
  const machine = await startNodeMachine({
    ...{ ...request, credentials: { ...request.credentials, ...SHELL } },
    extraArguments: shellArguments(socket),
  });
  return { ...machine, openShell: async () => await openGuestShell(socket, BOOT_TIMEOUT_MS) };
}
