import { KubeConfig } from '@kubernetes/client-node';
import test from 'ava';
import { tellOperatorAway } from '../../src/cli/rollout/tell-operator-away.ts';
import { KubeApi, type KubeAnswer, type KubeRequest } from '../../src/kube/kube-api.ts';
import { ONE, osOf, startRolloutScene, type RolloutScene } from './rollout-scene.ts';
import { runKubeos } from './run-kubeos.ts';

const rollout = async ({ cluster }: RolloutScene, ...args: readonly string[]) =>
  await runKubeos(cluster, 'rollout', ...args);

/** Counts how often the lease was read. */
class Looks extends KubeApi {
  looks = 0;

  override async ask(asked: KubeRequest): Promise<KubeAnswer> {
    const answer = await super.ask(asked);
    if (asked.path.includes('/default/leases/')) this.looks += 1;
    return answer;
  }
}

/** Of an operator that was heard of so long ago. */
const leaseOf = (agoMs: number) => ({
  ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
  metadata: { name: 'kubeos-operator', namespace: 'default' },
  spec: {
    ...{ holderIdentity: 'gone', leaseDurationSeconds: 15 },
    renewTime: new Date(Date.now() - agoMs).toISOString().replace('Z', '000Z'),
  },
});

test('a rollout on which no operator works says so, and since when', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', digest: ONE });
  await scene.apply(osOf('fleet'));
  const none = await rollout(scene, 'status', 'fleet');
  t.regex(none.stdout, /\n {2}no operator works in this cluster: kubeos install brings one/);
  await scene.apply(leaseOf(10 * 60_000));
  const away = /no operator works since 2\d{3}-\S+Z \(lease default\/kubeos-operator\), so nothing/;
  t.regex((await rollout(scene, 'status', 'fleet')).stdout, away);
  t.regex((await rollout(scene, 'why', 'n1')).stdout, away);
  for (const words of [
    ['status', 'fleet'],
    ['why', 'n1'],
  ]) {
    const { stdout } = await rollout(scene, ...words, '--json');
    const { operatorAway } = JSON.parse(stdout) as { operatorAway: { message: string } };
    t.regex(operatorAway.message, away);
  }
});

test('who waits is told once that no operator works, and again where one came and went', async (t) => {
  await using scene = await startRolloutScene();
  const config = new KubeConfig();
  config.loadFromFile(scene.cluster.kubeconfig);
  const api = new Looks(config);
  const said: string[] = [];
  const over = new AbortController();
  await scene.apply(leaseOf(0));
  const telling = tellOperatorAway(api, {
    ...{ everyMs: 50, tell: (why) => said.push(why), signal: over.signal },
  });
  const afterLooks = async (): Promise<number> => {
    const { looks } = api;
    await scene.until('the lease was read three times more', async () => api.looks >= looks + 3);
    return said.length;
  };
  t.is(await afterLooks(), 0);
  await scene.apply(leaseOf(10 * 60_000));
  t.is(await afterLooks(), 1);
  t.is(await afterLooks(), 1, 'once');
  await scene.apply(leaseOf(0));
  t.is(await afterLooks(), 1);
  await scene.apply(leaseOf(10 * 60_000));
  t.is(await afterLooks(), 2);
  over.abort();
  await telling;
});

test('an operator whose clock is wrong works, too', async (t) => {
  await using scene = await startRolloutScene();
  await scene.apply(osOf('fleet'));
  await scene.apply(leaseOf(10 * 60_000));
  const status = rollout(scene, 'status', 'fleet');
  const renewed = async (): Promise<null> => {
    await scene.apply(leaseOf(10 * 60_000));
    return null;
  };
  let ended = await Promise.race([status, renewed()]);
  while (ended === null) ended = await Promise.race([status, renewed()]);
  t.notRegex(ended.stdout, /no operator works/);
});

test('where an operator works, and where all is done, nothing is said of it', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', digest: ONE });
  await scene.apply(osOf('fleet', { paused: true }));
  const operator = scene.startOperator();
  await scene.untilReads('fleet', 'PausedByUser');
  t.notRegex((await rollout(scene, 'status', 'fleet')).stdout, /no operator/);
  t.notRegex((await rollout(scene, 'why', 'n1')).stdout, /no operator/);
  await scene.apply(osOf('fleet', { paused: false }));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  await operator.stop();
  await scene.apply(leaseOf(10 * 60_000));
  t.notRegex((await rollout(scene, 'status', 'fleet')).stdout, /no operator/);
  t.notRegex((await rollout(scene, 'why', 'n1')).stdout, /no operator/);
});
