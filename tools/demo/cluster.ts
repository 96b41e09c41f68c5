import { mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copySparse } from '../../src/disk/copy-sparse.ts';
import { KubeosError } from '../../src/errors.ts';
import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import { startNodeCluster } from '../../test/nodes/node-cluster.ts';
import { startNodeMachine, type NodeMachine } from '../../test/nodes/node-machine.ts';

const NODES = ['node-1', 'node-2'] as const;
const SECONDS = 20 * 60;
const WORKLOAD = new URL('../../fixtures/images/node/workload.yaml', import.meta.url).pathname;

export interface DemoCluster extends AsyncDisposable {
  readonly cluster: ControlPlane;
  /** What each node wrote to its console. */
  readonly consoles: readonly (() => string)[];
}

/** A control plane on this host, and machines that boot a copy of the disk each and join it. */
export async function startCluster(folder: string, disk: string): Promise<DemoCluster> {
  await using undo = new AsyncDisposableStack();
  const nodes = undo.use(await startNodeCluster());
  const machines: NodeMachine[] = [];
  for (const [index, name] of NODES.entries()) {
    const own = undo.use(await mkdtempDisposable(path.join(folder, `${name}-`)));
    const copy = path.join(own.path, 'disk.raw');
    await copySparse(disk, copy);
    const credentials = await nodes.credentialsOf(name);
    machines.push(
      undo.use(
        await startNodeMachine({ disk: copy, number: index + 1, folder: own.path, credentials }),
      ),
    );
  }
  const held = undo.move();
  return {
    cluster: nodes.cluster,
    consoles: machines.map(({ serial }) => serial),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

export async function untilReady({ kubectl }: ControlPlane, signal: AbortSignal): Promise<void> {
  await untilAll(signal, 'both nodes are Ready', async () => {
    const { stdout } = await kubectl(['get', 'nodes', '--no-headers']);
    const ready = stdout.split('\n').filter((line) => line.split(/\s+/)[1] === 'Ready');
    return ready.length === NODES.length;
  });
}

export async function deployWorkload(
  { kubectl }: ControlPlane,
  signal: AbortSignal,
): Promise<void> {
  await kubectl(['apply', '-f', WORKLOAD]);
  await untilAll(signal, 'every pod is Ready', async () => {
    const { stdout } = await kubectl(['get', 'pods', '-A', '--no-headers']);
    const lines = stdout.trim().split('\n');
    // Two of each: operators, proxies, servers and counters.
    return lines.length === 8 && lines.every((line) => line.split(/\s+/)[2] === '1/1');
  });
}

async function untilAll(
  signal: AbortSignal,
  what: string,
  isTrue: () => Promise<boolean>,
): Promise<void> {
  const endMs = Date.now() + SECONDS * 1000;
  while (!(await isTrue())) {
    if (Date.now() > endMs) {
      throw new KubeosError('TIMED_OUT', `${SECONDS / 60} minutes are over before ${what}`, {
        hint: 'on a machine without KVM nothing else should take its processors',
      });
    }
    await sleep(1000, undefined, { signal });
  }
}
