import { KubeConfig } from '@kubernetes/client-node';
import test from 'ava';
import { KubeApi, type KubeAnswer, type KubeRequest } from '../../src/kube/kube-api.ts';
import { ONE, osOf, startRolloutScene, TWO, type RolloutScene } from './rollout-scene.ts';
import { runKubeos } from './run-kubeos.ts';

const OURS = /unschedulable|upgrade\.openeuler\.org\/(upgrading|cordoned-by)"/;

const nodeAs = async ({ cluster }: RolloutScene, name: string): Promise<string> =>
  (await cluster.kubectl(['get', 'node', name, '-o', 'json'])).stdout;

/** As an operator has left it. */
async function leave({ cluster }: RolloutScene, object: object): Promise<void> {
  const as = ['apply', '--server-side', '--field-manager=kubeos-operator', '-f', '-'];
  await cluster.kubectl(as, { input: JSON.stringify(object) });
}

const instanceOf = (name: string, spec: object): object => ({
  ...{ apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OSInstance' },
  ...{ metadata: { name, namespace: 'default' }, spec },
});

test('a machine that was made anew under its name is not drained for the one before, and has its turn', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', digest: ONE });
  const run = {
    ...{ id: 'of-before', kind: 'upgrade', target: { version: '2.0.0', digest: TWO } },
    ...{ repository: 'default', bootId: 'boot', allowed: 'drain' },
    since: { prepare: '2026-01-01T00:00:00Z', drain: '2026-01-01T00:00:00Z' },
  };
  await leave(scene, instanceOf('n1', { nodestatus: 'upgrade', nodeUid: 'of-before', run }));
  scene.startOperator();
  await scene.apply(osOf('fleet'));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.notRegex(await nodeAs(scene, 'n1'), OURS);
});

test('a cordon that an operator left for an object that is gone is lifted; one by hand is left alone', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', digest: ONE, labels: { is: 'meant' } });
  await scene.addNode({ name: 'n2', digest: ONE });
  const metadata = {
    name: 'n1',
    annotations: { 'upgrade.openeuler.org/cordoned-by': 'uid-of-before' },
  };
  await leave(scene, { apiVersion: 'v1', kind: 'Node', metadata, spec: { unschedulable: true } });
  t.is((await runKubeos(scene.cluster, 'node', 'drain', 'n2')).exitCode, 0);
  const operator = scene.startOperator();
  await scene.apply(osOf('fleet', { selector: { matchLabels: { is: 'meant' } } }));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.notRegex(await nodeAs(scene, 'n1'), OURS);
  t.regex(await nodeAs(scene, 'n2'), /"unschedulable": true/);
  t.deepEqual(
    operator.said().filter((line) => line.startsWith('n2')),
    [],
  );
});

/** Refuses what it is told to, so often. */
class Refusing extends KubeApi {
  readonly #isRefused: (asked: KubeRequest) => boolean;

  constructor({ cluster }: RolloutScene, isRefused: (asked: KubeRequest) => boolean) {
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    super(config);
    this.#isRefused = isRefused;
  }

  override async ask(asked: KubeRequest): Promise<KubeAnswer> {
    if (this.#isRefused(asked)) return { status: 503, body: 'busy', retryAfter: null };
    return await super.ask(asked);
  }
}

test('the last word of a rollout is told again when the API server was busy', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', digest: ONE });
  let refused = 0;
  const api = new Refusing(scene, ({ body, path }) => {
    const isLast =
      path.endsWith('/os/fleet/status') && JSON.stringify(body).includes('AllNodesOnRelease');
    if (isLast) refused += 1;
    return isLast && refused <= 2;
  });
  scene.startOperator({ api, namespace: 'default' });
  await scene.apply(osOf('fleet'));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.is(refused, 3);
});

test('a node whose object cannot be written keeps no other waiting', async (t) => {
  await using scene = await startRolloutScene();
  for (const name of ['n1', 'n2']) await scene.addNode({ name, digest: ONE });
  const api = new Refusing(
    scene,
    ({ method, path }) => method === 'PATCH' && path.endsWith('/osinstances/n1'),
  );
  const operator = scene.startOperator({ api, namespace: 'default' });
  await scene.apply(osOf('fleet'));
  await scene.until(
    'n2 is there',
    async () => (await scene.os('fleet')).status.counts['current'] === 1,
  );
  t.true(operator.said().some((line) => line.startsWith('n1: ')));
});
