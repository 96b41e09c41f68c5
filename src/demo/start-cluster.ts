import path from 'node:path';
import { probeAccelerator } from '../builder/boot/probe-accelerator.ts';
import { copySparse } from '../disk/copy-sparse.ts';
import { openScratch } from '../host/open-scratch.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { startNodeCluster } from './nodes/node-cluster.ts';
import { startNodeMachine } from './nodes/node-machine.ts';
import type { Overseen } from './oversight.ts';
import { tellEnd } from './tell-end.ts';

export const NODES = ['node-1', 'node-2'] as const;

interface ClusterRequest {
  readonly folder: string;
  /** Each machine gets a copy. */
  readonly disk: string;
  readonly oversight: Overseen;
}

export interface DemoCluster extends AsyncDisposable {
  readonly cluster: ControlPlane;
}

/** A control plane on this host, and machines that boot a copy of the disk each and join it. */
export async function startCluster({
  folder,
  disk,
  oversight,
}: ClusterRequest): Promise<DemoCluster> {
  const { signal, logs } = oversight;
  await using undo = new AsyncDisposableStack();
  const accelerator = await probeAccelerator('amd64', signal);
  const nodes = undo.use(await startNodeCluster(oversight));
  for (const [index, name] of NODES.entries()) {
    signal.throwIfAborted();
    const own = undo.use(await openScratch(folder));
    const copy = path.join(own.path, 'disk.raw');
    await copySparse(disk, copy);
    const credentials = await nodes.credentialsOf(name);
    const log = path.join(logs, `${name}.log`);
    const machine = undo.use(
      await startNodeMachine({
        ...{ disk: copy, number: index + 1, folder: own.path, credentials, accelerator, log },
      }),
    );
    nodes.lead(machine);
    undo.use(tellEnd(machine, { name, log, onDeath: oversight.onDeath }));
  }
  const held = undo.move();
  return {
    cluster: nodes.cluster,
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}
