import { mkdtempDisposable } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { copySparse } from '../disk/copy-sparse.ts';
import { KubeosError } from '../errors.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { startNodeCluster } from './nodes/node-cluster.ts';
import { startNodeMachine } from './nodes/node-machine.ts';

const NODES = ['node-1', 'node-2'] as const;
const SECONDS = 20 * 60;
const WORKLOAD = fileURLToPath(
  new URL('fixtures/images/node/workload.yaml', import.meta.resolve('#package')),
);

export interface DemoCluster extends AsyncDisposable {
  readonly cluster: ControlPlane;
}

/** A control plane on this host, and machines that boot a copy of the disk each and join it. */
export async function startCluster(folder: string, disk: string): Promise<DemoCluster> {
  await using undo = new AsyncDisposableStack();
  const nodes = undo.use(await startNodeCluster());
  for (const [index, name] of NODES.entries()) {
    const own = undo.use(await mkdtempDisposable(path.join(folder, `${name}-`)));
    const copy = path.join(own.path, 'disk.raw');
    await copySparse(disk, copy);
    const credentials = await nodes.credentialsOf(name);
    const machine = { disk: copy, number: index + 1, folder: own.path, credentials };
    undo.use(await startNodeMachine(machine));
  }
  const held = undo.move();
  return {
    cluster: nodes.cluster,
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

/** How far it has come, in a line a change; @returns whether it is there. */
type Look = () => Promise<{ readonly lines: readonly string[]; readonly isThere: boolean }>;

export async function untilReady(cluster: ControlPlane, watch: Watch): Promise<void> {
  await untilThere(watch, 'both nodes are Ready', async () => {
    const rows = await rowsOf(cluster, ['nodes']);
    const lines = rows.map(([name, status]) => `${name} ${status}`);
    return {
      lines,
      isThere: rows.filter(([, status]) => status === 'Ready').length === NODES.length,
    };
  });
}

/** Two of each: operators, proxies, servers and counters. */
const PODS = 8;

export async function deployWorkload(cluster: ControlPlane, watch: Watch): Promise<void> {
  await cluster.kubectl(['apply', '-f', WORKLOAD]);
  await untilThere(watch, 'every pod is Ready', async () => {
    const rows = await rowsOf(cluster, ['pods', '-A']);
    const ready = rows.filter(([, , containers]) => containers === '1/1');
    return { lines: ready.map(([, name]) => `${name} Ready`), isThere: ready.length === PODS };
  });
}

async function rowsOf({ kubectl }: ControlPlane, what: readonly string[]) {
  const { stdout } = await kubectl(['get', ...what, '--no-headers']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}

export interface Watch {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

async function untilThere({ signal, say }: Watch, what: string, look: Look): Promise<void> {
  const said = new Set<string>();
  const endMs = Date.now() + SECONDS * 1000;
  for (;;) {
    const { lines, isThere } = await look();
    for (const line of lines) {
      if (!said.has(line)) say(`  ${line}`);
      said.add(line);
    }
    if (isThere) return;
    if (Date.now() > endMs) {
      throw new KubeosError('TIMED_OUT', `${SECONDS / 60} minutes are over before ${what}`, {
        hint: 'on a machine without KVM nothing else should take its processors',
      });
    }
    await sleep(1000, undefined, { signal });
  }
}
