import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { connectCluster } from '../../src/kube/connect-cluster.ts';
import type { EventOf } from '../../src/kube/write-event.ts';
import { Events } from '../../src/rollout/operator/tell-events.ts';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { startStallingRelay } from './stalling-relay.ts';

const event: EventOf = {
  regarding: { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'uid' },
  ...{ type: 'Normal', reason: 'NodeUpgraded', action: 'Upgrade', note: 'runs the release' },
};

test('what cannot be told is given up at the end: an API server that says nothing holds nobody', async (t) => {
  await using cluster = await startControlPlane();
  await using relay = await startStallingRelay(cluster.url);
  const kubeconfig = path.join(cluster.folder, 'by-relay.yaml');
  const direct = await readFile(cluster.kubeconfig, 'utf8');
  await writeFile(kubeconfig, direct.replaceAll(cluster.url, relay.url));
  // Before it would be noticed by itself that the server says nothing.
  t.timeout(60_000);
  relay.stall(0);
  const said: string[] = [];
  const log = (line: string): void => void said.push(line);
  const events = new Events({ api: connectCluster({ kubeconfig }), identity: 'test', log });
  events.tell(Array.from({ length: 1001 }, () => event));
  await events[Symbol.asyncDispose]();
  t.is(said.length, 1001);
  t.regex(said[0] ?? '', /^event NodeUpgraded of n1 is not told: 1000 others wait/);
  t.regex(said[1] ?? '', /is not told: the operator ends$/);
});
