import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KubeosError } from '../../errors.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { whereLogsAre } from '../oversight.ts';

const WORKLOAD = fileURLToPath(
  new URL('fixtures/images/node/workload.yaml', import.meta.resolve('#package')),
);

export interface Watch {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly patienceMs: number;
  /** Folder of what servers and machines say. */
  readonly logs?: string;
}

/** Until these nodes have joined. */
export async function untilNodesReady(
  cluster: ControlPlane,
  names: readonly string[],
  watch: Watch,
): Promise<void> {
  await untilThere(watch, 'all nodes are Ready', async () => {
    const { rows, complaint } = await rowsOf(cluster, ['nodes']);
    const ready = rows.filter(([, status]) => status === 'Ready').map(([name]) => name);
    return {
      lines: rows.map(([name, status]) => `${name} ${status}`),
      isThere: names.every((name) => ready.includes(name)),
      complaint,
    };
  });
}

/** On each of two nodes: an operator, a proxy, a server and a counter. */
const PODS = 8;

/** The workload onto two nodes, on which operator and proxies are installed, until all pods are Ready. */
export async function deployWorkload(cluster: ControlPlane, watch: Watch): Promise<void> {
  await cluster.kubectl(['apply', '-f', WORKLOAD]);
  await untilThere(watch, 'every pod is Ready', async () => {
    const { rows, complaint } = await rowsOf(cluster, ['pods', '-A']);
    const ready = rows.filter(([, , containers]) => containers === '1/1');
    return {
      lines: ready.map(([, name]) => `${name} Ready`),
      isThere: ready.length === PODS && rows.length === PODS,
      complaint,
    };
  });
}

interface Rows {
  readonly rows: readonly (readonly string[])[];
  /** Of kubectl, where it failed: a server that is busy now may answer the next time. */
  readonly complaint: string;
}

async function rowsOf({ kubectl }: ControlPlane, what: readonly string[]): Promise<Rows> {
  const asked = ['get', ...what, '--no-headers'];
  const { exitCode, stdout, stderr } = await kubectl(asked, { successCodes: [0, 1] });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return {
    rows: exitCode === 0 ? lines.map((line) => line.split(/\s+/)) : [],
    complaint: exitCode === 0 ? '' : stderr.trim(),
  };
}

interface Seen {
  /** How far it has come, in a line a change. */
  readonly lines: readonly string[];
  readonly isThere: boolean;
  /** Why nothing could be seen; else empty. */
  readonly complaint: string;
}

/** @throws KubeosError TIMED_OUT when patience is over, with the last complaint */
export async function untilThere(
  watch: Watch,
  what: string,
  look: () => Promise<Seen>,
): Promise<void> {
  const { signal, say, patienceMs } = watch;
  const said = new Set<string>();
  const endMs = Date.now() + patienceMs;
  for (;;) {
    const { lines, isThere, complaint } = await look();
    for (const line of lines) {
      if (!said.has(line)) say(`  ${line}`);
      said.add(line);
    }
    if (isThere) return;
    if (Date.now() > endMs) throw timedOut(watch, what, complaint);
    await sleep(1000, undefined, { signal });
  }
}

function timedOut(watch: Watch, what: string, complaint: string): KubeosError {
  const because = complaint === '' ? '' : `; kubectl: ${complaint}`;
  const where = whereLogsAre(watch);
  const message = `${watch.patienceMs / 60_000} minutes are over before ${what}${because}`;
  return new KubeosError('TIMED_OUT', message, {
    hint: [
      'on a machine without KVM nothing else should take its processors',
      ...(where === undefined ? [] : [where]),
    ].join('; '),
  });
}
