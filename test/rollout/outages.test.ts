import type { ClientRequest } from 'node:http';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import test from 'ava';
import { KubeApi, type KubeAnswer, type KubeRequest } from '../../src/kube/kube-api.ts';
import { ONE, osOf, startRolloutScene, type RolloutScene } from './rollout-scene.ts';
import { watchAway } from './watch-away.ts';
import { kubeconfigFor } from '../cluster/kubeconfig-for.ts';
import { forgetHistory } from '../cluster/forget-history.ts';

/** Of the operator: how often it was told to come later, and how often it asked for all nodes. */
class Counting extends KubeApi {
  readonly refused = { asked: 0, watches: 0 };
  lists = 0;
  /** No watch begins before. */
  mayWatch: Promise<void> = Promise.resolve();

  override async ask(asked: KubeRequest): Promise<KubeAnswer> {
    const answer = await super.ask(asked);
    if (answer.status === 429) this.refused.asked += 1;
    if (asked.method === 'GET' && asked.path === '/api/v1/nodes') this.lists += 1;
    return answer;
  }

  override async open(asked: KubeRequest) {
    await this.mayWatch;
    const opened = await super.open(asked);
    if (opened.status === 429) this.refused.watches += 1;
    return opened;
  }
}

const FLOW = 'flowcontrol.apiserver.k8s.io/v1';
const OPERATOR = { name: 'operator', namespace: 'default' };

/** One request of the operator at a time has a place, beside those for its lease; others are refused: 429. */
const JAM: readonly object[] = [
  {
    ...{ apiVersion: FLOW, kind: 'PriorityLevelConfiguration', metadata: { name: 'jam' } },
    spec: {
      type: 'Limited',
      limited: {
        ...{ nominalConcurrencyShares: 0, borrowingLimitPercent: 0 },
        limitResponse: { type: 'Reject' },
      },
    },
  },
  {
    ...{ apiVersion: FLOW, kind: 'FlowSchema', metadata: { name: 'jam' } },
    spec: {
      ...{ priorityLevelConfiguration: { name: 'jam' }, matchingPrecedence: 10 },
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: OPERATOR }],
          resourceRules: [
            {
              ...{ verbs: ['*'], apiGroups: ['', 'upgrade.openeuler.org'], resources: ['*'] },
              ...{ clusterScope: true, namespaces: ['*'] },
            },
          ],
        },
      ],
    },
  },
];

/** Administrators of group system:masters are never told to wait. @returns its token */
async function operatorToken({ cluster: { kubectl } }: RolloutScene): Promise<string> {
  await kubectl(['create', 'serviceaccount', OPERATOR.name]);
  const binding = ['create', 'clusterrolebinding', 'operator', '--clusterrole=cluster-admin'];
  await kubectl([...binding, '--serviceaccount=default:operator']);
  return (await kubectl(['create', 'token', OPERATOR.name])).stdout.trim();
}

async function counting({ cluster }: RolloutScene, token: string): Promise<Counting> {
  const config = new KubeConfig();
  config.loadFromFile(await kubeconfigFor(cluster, token));
  return new Counting(config);
}

/** Has the one place that there is, by a request whose body never comes. */
async function occupy({ cluster }: RolloutScene, token: string): Promise<ClientRequest> {
  const headers = {
    ...{ authorization: `Bearer ${token}`, 'content-length': 2 },
    'content-type': 'application/merge-patch+json',
  };
  const ca = await readFile(cluster.authority);
  const to = `${cluster.url}/api/v1/nodes/none`;
  const asked = request(to, { method: 'PATCH', ca, headers });
  asked.on('error', () => undefined);
  asked.flushHeaders();
  return asked;
}

test('an API server that is full, and then killed and without a memory of what was, in the middle of a wave: the rollout goes on', async (t) => {
  await using scene = await startRolloutScene();
  const { cluster, until } = scene;
  const names = ['n1', 'n2', 'n3', 'n4', 'n5'];
  const nodes = await Promise.all(
    names.map(async (name) => await scene.addNode({ name, digest: ONE, fault: 'hangs' })),
  );
  await using away = watchAway(scene.api, { limit: 2 });
  const token = await operatorToken(scene);
  const [api, probe] = [await counting(scene, token), await counting(scene, token)];
  const occupied: ClientRequest[] = [];
  const fill = async (): Promise<void> => {
    await until('it is full', async () => {
      if ((await probe.ask({ method: 'GET', path: '/api/v1/configmaps' })).status === 429)
        return true;
      occupied.push(await occupy(scene, token));
      return false;
    });
  };
  scene.startOperator({ api });
  await scene.apply(osOf('fleet', { maxunavailable: 2 }));
  await scene.untilCounts('fleet', { switching: 2 });

  for (const object of JAM) await scene.apply(object);
  await fill();
  for (const node of nodes) node.fault = 'none';
  await until('what it writes is refused', async () => api.refused.asked > 0);
  for (const node of nodes) node.fault = 'hangs';
  const { promise, resolve } = Promise.withResolvers<void>();
  api.mayWatch = promise;
  const { lists } = api;
  await cluster.stopApiServer();
  await forgetHistory(cluster);
  await cluster.startApiServer();
  await fill();
  resolve();
  await until('it may not watch', async () => api.refused.watches > 0);
  for (const one of occupied) one.destroy();
  await cluster.kubectl(['delete', 'flowschema', 'jam']);
  await until('what it had seen is too old, and it asks for all', async () => api.lists > lists);

  for (const node of nodes) node.fault = 'none';
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.deepEqual(away.wrong(), []);
  t.is((await scene.os('fleet')).status.counts['current'], 5);
});
