import { hostCommands } from '../../src/host/run-commands.ts';
import { ROOT } from '../boot/testbed.ts';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';

const commands = hostCommands({ signal: new AbortController().signal });

/** `kubeos …` as CI and people run it, on a cluster of a test; it may end with any exit code of its own. */
export async function runKubeos({ kubeconfig }: ControlPlane, ...args: readonly string[]) {
  return await commands.run({
    tool: process.execPath,
    args: ['bin/kubeos.ts', ...args, '--kubeconfig', kubeconfig],
    ...{ workingDirectory: ROOT, successCodes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] },
  });
}
