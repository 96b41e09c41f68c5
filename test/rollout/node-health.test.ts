import test from 'ava';
import { ONE, osOf, startRolloutScene, type RolloutScene } from './rollout-scene.ts';

const net = {
  ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'net' } },
  spec: {
    selector: { matchLabels: { app: 'net' } },
    template: {
      metadata: { labels: { app: 'net' } },
      spec: {
        containers: [{ name: 'c', image: 'example.com/c' }],
        volumes: [{ name: 'log', persistentVolumeClaim: { claimName: 'log' } }],
      },
    },
  },
};

const storage = (more: object) => ({
  ...{ accessModes: ['ReadWriteOnce'], storageClassName: '', ...more },
});

/** A volume that is bound to the claim of the DaemonSet's pods. */
const volume = {
  ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv-log' } },
  spec: storage({
    capacity: { storage: '1Gi' },
    csi: { driver: 'disk.example.com', volumeHandle: 'log' },
  }),
};
const claim = {
  ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'log' } },
  spec: storage({ volumeName: 'pv-log', resources: { requests: { storage: '1Gi' } } }),
};

const nameOf = (handle: string): string => `kubernetes.io/csi/disk.example.com^${handle}`;

/** Nothing makes it anew, and its budget keeps it. */
const alone = {
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'alone', labels: { app: 'alone' } } },
  spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'example.com/c' }] },
};
const budget = {
  ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'alone' } },
  spec: { minAvailable: 1, selector: { matchLabels: { app: 'alone' } } },
};

const drain = {
  pods: [{ selector: { matchLabels: { app: 'alone' } }, action: 'force', after: '4s' }],
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

test('a node is switched when pods and volumes have left, as the object asks for it, and given back when what was Ready on it is so again, and what is asked for is there', async (t) => {
  await using scene = await startRolloutScene();
  const node = await scene.addNode({ name: 'n1', digest: ONE });
  for (const object of [volume, claim, net, alone, budget]) await scene.apply(object);
  await scene.until('its pod is Ready', async () => {
    const path = 'jsonpath={.status.numberReady}';
    return (await scene.cluster.kubectl(['get', 'daemonset', 'net', '-o', path])).stdout === '1';
  });
  node.arePodsDown = true;
  node.mount(nameOf('log'), nameOf('db'));
  scene.startOperator();
  await scene.apply(osOf('fleet', { health: { readySeconds: 0, checks } }));
  await untilWaits(scene, 'drain', /^pod default\/alone nothing makes it anew elsewhere/);
  await scene.apply(osOf('fleet', { drain, health: { readySeconds: 0, checks } }));
  await untilWaits(scene, 'drain', /^volume kubernetes\.io\/csi\/\S+\^db is still attached/);
  node.mount(nameOf('log'));
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
