import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { copySparse } from '../../src/disk/copy-sparse.ts';
import { startAgentScene } from '../agent/agent-scene.ts';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { until } from '../../src/demo/control-plane/until.ts';
import { whyNoHostNodes } from './host-node-allowed.ts';
import { startHostNodeNetwork } from './host-node-network.ts';
import { startHostNode, type HostNode } from './host-node.ts';
import { HOST_ADDRESS, startNodeCluster } from '../../src/demo/nodes/node-cluster.ts';
import { NODE_IMAGE, prepareNodes } from './node-image.ts';

const WORKLOAD = new URL('../../fixtures/images/node/workload.yaml', import.meta.url).pathname;

test('a Kubernetes node boots from its image, runs pods, and restarts into an upgrade as the same node with their data', async (t) => {
  t.timeout(30 * 60_000);
  const why = await whyNoHostNodes();
  if (why !== null) {
    t.log(`not looked at: nodes cannot run on this host: ${why}`);
    t.pass();
    return;
  }
  await prepareNodes();
  await using scene = await startAgentScene({ definitions: NODE_IMAGE, host: HOST_ADDRESS });
  await scene.release('1.0.0');
  await scene.release('2.0.0');
  await using network = await startHostNodeNetwork();
  await using nodes = await startNodeCluster();
  const { cluster } = nodes;
  for (const url of [cluster.url, scene.url]) await network.relay(Number(new URL(url).port));
  const folder = path.join(scene.directory, 'n1');
  await mkdir(folder);
  await copySparse(scene.disk('1.0.0'), path.join(folder, 'disk.raw'));
  await using node = await startHostNode({
    ...{ name: 'n1', disk: path.join(folder, 'disk.raw'), folder, network },
    ...{ address: '10.0.1.15', credentials: await nodes.credentialsOf('n1') },
  });

  await until('the node is Ready', async () => (await seeNode(cluster)).isReady);
  await cluster.kubectl(['apply', '-f', WORKLOAD]);
  await until('its pods are Ready', async () => await haveAllPods(cluster));
  const before = await seeNode(cluster);

  await node.run('kubeos-agent', 'prepare', '2.0.0');
  await node.run('kubeos-agent', 'activate');
  await node.run('kubeos-agent', 'reboot');
  await until('the node is Ready in another boot', async () => {
    const { bootId, isReady } = await seeNode(cluster);
    return isReady && bootId !== before.bootId;
  });
  await until('the release is committed', async () =>
    /^slot B runs {2}2\.0\.0 {2}good/.test(await statusOf(node)),
  );
  await until('its pods are Ready again', async () => await haveAllPods(cluster));
  t.is((await seeNode(cluster)).uid, before.uid);
  t.is(Number((await node.run('wc', '-l', '/var/lib/counter/starts')).stdout.split(' ')[0]), 2);
});

/** '' while it restarts. */
const statusOf = async (node: HostNode): Promise<string> =>
  await node.run('kubeos-agent', 'status').then(
    ({ stdout }) => stdout,
    () => '',
  );

interface SeenNode {
  readonly uid: string;
  readonly bootId: string;
  readonly isReady: boolean;
}

async function seeNode({ kubectl }: ControlPlane): Promise<SeenNode> {
  const ready = '{.status.conditions[?(@.type=="Ready")].status}';
  const path = `{.metadata.uid} {.status.nodeInfo.bootID} ${ready}`;
  const args = ['get', 'node', 'n1', '--ignore-not-found', '-o', `jsonpath=${path}`];
  const [uid = '', bootId = '', isReady = ''] = (await kubectl(args)).stdout.split(' ');
  return { uid, bootId, isReady: isReady === 'True' };
}

/** Two servers and the counter. */
async function haveAllPods({ kubectl }: ControlPlane): Promise<boolean> {
  const path = 'jsonpath={.items[*].status.containerStatuses[0].ready}';
  return (await kubectl(['get', 'pods', '-o', path])).stdout === 'true true true';
}
