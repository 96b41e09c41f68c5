import test from 'ava';
import { connectCluster } from '../../src/kube/connect-cluster.ts';
import { KubeApi, type KubeAnswer, type KubeRequest } from '../../src/kube/kube-api.ts';
import { peopleRoles } from '../../src/rollout/install/people-roles.ts';
import { removeInstalled } from '../../src/rollout/install/remove-installed.ts';
import { KubeConfig } from '@kubernetes/client-node';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';

const { signal } = new AbortController();

/** Somebody removes a machine after it was listed, and before the next write to it. */
class RacingApi extends KubeApi {
  override async ask(asked: KubeRequest): Promise<KubeAnswer> {
    const { method, path } = asked;
    if (method === 'PATCH') await super.ask({ method: 'DELETE', path });
    return await super.ask(asked);
  }
}

test('a machine that is removed while its marks are taken back does not come back as a ghost', async (t) => {
  await using cluster = await startControlPlane();
  const labels = { 'upgrade.openeuler.org/upgrading': '' };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels } };
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(node) });
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  const said: string[] = [];
  await removeInstalled(new RacingApi(config), [], {
    signal,
    isDryRun: false,
    onDone: (line) => said.push(line),
  });
  t.is((await cluster.kubectl(['get', 'nodes', '-o', 'name'])).stdout, '');
  t.deepEqual(said, []);
});

test('what has the name of something of ours and is not ours is kept, and named', async (t) => {
  await using cluster = await startControlPlane();
  const theirs = ['create', 'clusterrole', 'kubeos-view', '--verb=get', '--resource=pods'];
  await cluster.kubectl(theirs);
  const api = connectCluster({ kubeconfig: cluster.kubeconfig });
  const said: string[] = [];
  await removeInstalled(api, peopleRoles(), {
    signal,
    isDryRun: false,
    onDone: (line) => said.push(line),
  });
  t.deepEqual(said, ['ClusterRole kubeos-view was made by somebody else, and is kept']);
  const { stdout } = await cluster.kubectl(['get', 'clusterrole', 'kubeos-view', '-o', 'name']);
  t.is(stdout, 'clusterrole.rbac.authorization.k8s.io/kubeos-view\n');
});
