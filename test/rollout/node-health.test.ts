import test from 'ava';
import { ONE, osOf, startRolloutScene, type RolloutScene } from './rollout-scene.ts';

const net = {
  ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'net' } },
  spec: {
    selector: { matchLabels: { app: 'net' } },
    template: {
      metadata: { labels: { app: 'net' } },
      spec: { containers: [{ name: 'c', image: 'example.com/c' }] },
    },
  },
};

const checks = [
  { condition: { type: 'PodsMended', status: 'True' } },
  { pods: { selector: { matchLabels: { app: 'net' } } } },
];

async function untilWaits(scene: RolloutScene, gate: string, because: RegExp): Promise<void> {
  await scene.until(`n1 waits: ${because}`, async () => {
    const { status } = await scene.os('fleet');
    return status.waiting.some(({ gates }) =>
      gates.some((one) => one.gate === gate && because.test(one.because)),
    );
  });
}

test('a node is given back when what was Ready on it is so again, and what is asked for is there', async (t) => {
  await using scene = await startRolloutScene();
  const node = await scene.addNode({ name: 'n1', digest: ONE });
  await scene.apply(net);
  await scene.until('its pod is Ready', async () => {
    const path = 'jsonpath={.status.numberReady}';
    return (await scene.cluster.kubectl(['get', 'daemonset', 'net', '-o', path])).stdout === '1';
  });
  node.arePodsDown = true;
  scene.startOperator();
  await scene.apply(osOf('fleet', { health: { readySeconds: 0, checks } }));
  await untilWaits(scene, 'health', /^nobody says its condition PodsMended$/);
  await scene.apply(osOf('fleet'));
  await untilWaits(
    scene,
    'health',
    /^pod default\/net-\S+ of DaemonSet default\/net is not Ready$/,
  );
  const { stdout } = await scene.cluster.kubectl(['get', 'node', 'n1', '-o', 'json']);
  t.regex(stdout, /"unschedulable": true/, 'it is not given back');
  node.mend();
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  const after = await scene.cluster.kubectl(['get', 'node', 'n1', '-o', 'json']);
  t.notRegex(after.stdout, /unschedulable/);
});
