import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { connectCluster } from '../../src/kube/connect-cluster.ts';
import { holdLease } from '../../src/kube/hold-lease.ts';
import {
  startControlPlane,
  type ControlPlane,
} from '../../src/demo/control-plane/control-plane.ts';
import { startStallingRelay } from './stalling-relay.ts';
import { until } from '../../src/demo/control-plane/until.ts';

/** Works until it is told to stop, and says so. */
function contender(
  { kubeconfig }: Pick<ControlPlane, 'kubeconfig'>,
  holder: string,
  said: string[],
) {
  const controller = new AbortController();
  const api = connectCluster({ kubeconfig });
  const signal = controller.signal;
  const lease = { namespace: 'default', name: 'work', holder, signal, onTrouble: () => undefined };
  const ended = holdLease(api, lease, async (held) => {
    said.push(`${holder} begins`);
    await sleep(2 ** 30, undefined, { signal: held }).catch(() => undefined);
    said.push(`${holder} ends`);
  }).catch((error: unknown) => void said.push(error instanceof Error ? error.message : ''));
  const stop = async (): Promise<void> => {
    controller.abort();
    await ended;
  };
  return { stop, ended, [Symbol.asyncDispose]: stop };
}

test('of two one works; what is given back is taken at once, and what somebody takes away is let go at once', async (t) => {
  await using cluster = await startControlPlane();
  const said: string[] = [];
  await using one = contender(cluster, 'one', said);
  await until('one works', async () => said.includes('one begins'));
  await using two = contender(cluster, 'two', said);
  await one.stop();
  await until('two works', async () => said.includes('two begins'));
  t.deepEqual(said.slice(0, 3), ['one begins', 'one ends', 'two begins']);
  const taken = JSON.stringify({ spec: { holderIdentity: 'thief' } });
  await cluster.kubectl(['patch', 'lease', 'work', '--type=merge', '-p', taken]);
  await two.ended;
  t.deepEqual(said.slice(3), ['two ends', 'thief has the lease work now']);
});

test('an annotation on the lease takes it from nobody', async (t) => {
  await using cluster = await startControlPlane();
  const said: string[] = [];
  await using _ = contender(cluster, 'one', said);
  await until('one works', async () => said.length > 0);
  const transitions = async (path: string): Promise<string> =>
    (await cluster.kubectl(['get', 'lease', 'work', '-o', `jsonpath={${path}}`])).stdout;
  await cluster.kubectl(['annotate', 'lease', 'work', 'by=somebody']);
  const before = await transitions('.spec.renewTime');
  await until('it is renewed', async () => (await transitions('.spec.renewTime')) !== before);
  t.deepEqual(said, ['one begins']);
});

test('whoever hears nothing any more has stopped before the next one begins', async (t) => {
  await using cluster = await startControlPlane();
  await using relay = await startStallingRelay(cluster.url);
  const kubeconfig = path.join(cluster.folder, 'by-relay.yaml');
  const direct = await readFile(cluster.kubeconfig, 'utf8');
  await writeFile(kubeconfig, direct.replaceAll(cluster.url, relay.url));
  const said: string[] = [];
  await using one = contender({ kubeconfig }, 'one', said);
  await until('one works', async () => said.includes('one begins'));
  await using two = contender(cluster, 'two', said);
  // What is renewed by the last answer was renewed when it was asked for.
  relay.stall(4500);
  await until('two works', async () => said.includes('two begins'));
  t.deepEqual(said.slice(0, 2), ['one begins', 'one ends']);
  await Promise.all([one.stop(), two.stop()]);
});
