import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KubeosError } from '../../errors.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';

const WORKLOAD = fileURLToPath(
  new URL('fixtures/images/node/workload.yaml', import.meta.resolve('#package')),
);

export interface Watch {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly patienceMs: number;
}

/** Until these nodes have joined. */
export async function untilNodesReady(
  cluster: ControlPlane,
  names: readonly string[],
  watch: Watch,
): Promise<void> {
  await untilThere(watch, 'all nodes are Ready', async () => {
    const rows = await rowsOf(cluster, ['nodes']);
    const ready = rows.filter(([, status]) => status === 'Ready').map(([name]) => name);
    return {
      lines: rows.map(([name, status]) => `${name} ${status}`),
      isThere: names.every((name) => ready.includes(name)),
    };
  });
}

/** On each of two nodes: an operator, a proxy, a server and a counter. */
const PODS = 8;

/** The workload onto two nodes, on which operator and proxies are installed, until all pods are Ready. */
export async function deployWorkload(cluster: ControlPlane, watch: Watch): Promise<void> {
  await cluster.kubectl(['apply', '-f', WORKLOAD]);
  await untilThere(watch, 'every pod is Ready', async () => {
    const rows = await rowsOf(cluster, ['pods', '-A']);
    const ready = rows.filter(([, , containers]) => containers === '1/1');
    return {
      lines: ready.map(([, name]) => `${name} Ready`),
      isThere: ready.length === PODS && rows.length === PODS,
    };
  });
}

async function rowsOf({ kubectl }: ControlPlane, what: readonly string[]) {
  const { stdout } = await kubectl(['get', ...what, '--no-headers']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}

/** How far it has come, in a line a change; @returns whether it is there. */
type Look = () => Promise<{ readonly lines: readonly string[]; readonly isThere: boolean }>;

async function untilThere(
  { signal, say, patienceMs }: Watch,
  what: string,
  look: Look,
): Promise<void> {
  const said = new Set<string>();
  const endMs = Date.now() + patienceMs;
  for (;;) {
    const { lines, isThere } = await look();
    for (const line of lines) {
      if (!said.has(line)) say(`  ${line}`);
      said.add(line);
    }
    if (isThere) return;
    if (Date.now() > endMs) {
      throw new KubeosError('TIMED_OUT', `${patienceMs / 60_000} minutes are over before ${what}`, {
        hint: 'on a machine without KVM nothing else should take its processors',
      });
    }
    await sleep(1000, undefined, { signal });
  }
}
