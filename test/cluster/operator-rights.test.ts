import test from 'ava';
import type { AskApi } from './ask-api.ts';
import { startInstalled } from './installed.ts';

const GROUP = '/apis/upgrade.openeuler.org/v1alpha1';
const INSTANCES = `${GROUP}/namespaces/default/osinstances`;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kubeos-system/leases';
const KIND = { apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OSInstance' };

const starting = startInstalled();
test.after.always(async () => await (await starting)[Symbol.asyncDispose]());

/** What the operator asks of an API server, and how the server answers it when there is nothing more to it. */
const NEEDED: readonly (readonly [string, Parameters<AskApi>, number])[] = [
  ['rollouts', ['GET', `${GROUP}/os`], 200],
  ['nodes', ['GET', '/api/v1/nodes'], 200],
  ['OSInstances', ['GET', INSTANCES], 200],
  ['a new OSInstance', ['POST', INSTANCES, { ...KIND, metadata: { name: 'n3' } }], 201],
  ['what a node is to do', ['PATCH', `${INSTANCES}/n1`, { spec: { nodestatus: 'idle' } }], 200],
  ['an OSInstance less', ['DELETE', `${INSTANCES}/n2`], 200],
  ['a cordon', ['PATCH', '/api/v1/nodes/n1', { spec: { unschedulable: true } }], 200],
  ['pods of a node', ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1'], 200],
  ['DaemonSets', ['GET', '/apis/apps/v1/daemonsets'], 200],
  ['a claim', ['GET', '/api/v1/namespaces/default/persistentvolumeclaims/none'], 404],
  ['a volume', ['GET', '/api/v1/persistentvolumes/none'], 404],
  [
    'an eviction',
    ['POST', '/api/v1/namespaces/default/pods/none/eviction', evictionOf('none')],
    404,
  ],
  ['a pod by force', ['DELETE', '/api/v1/namespaces/default/pods/none'], 404],
  ['the status of a rollout', ['PATCH', `${GROUP}/namespaces/default/os/none/status`, {}], 404],
  ['its lease', ['GET', `${LEASES}/kubeos-operator`], 200],
  ['the version', ['GET', '/version'], 200],
  [
    'what has happened',
    ['POST', '/apis/events.k8s.io/v1/namespaces/default/events', eventOf('n1')],
    201,
  ],
];

function eventOf(name: string): object {
  return {
    ...{ apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'n1.happened' } },
    ...{ eventTime: '2026-01-01T00:00:00.000000Z', type: 'Normal', reason: 'NodeUpgraded' },
    ...{ reportingController: 'upgrade.openeuler.org/operator', reportingInstance: 'operator-1' },
    ...{ action: 'Upgrade', regarding: { apiVersion: 'v1', kind: 'Node', name } },
  };
}

function evictionOf(name: string): object {
  return { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' } };
}

for (const [what, request, status] of NEEDED) {
  test(`the operator gets at what it needs: ${what}`, async (t) => {
    const operator = await (await starting).as('kubeos-operator');
    const answer = await operator(...request);
    t.is(answer.status, status, JSON.stringify(answer.body));
  });
}

test('the operator renews the lease that is there for it', async (t) => {
  const operator = await (await starting).as('kubeos-operator');
  const { body } = await operator('GET', `${LEASES}/kubeos-operator`);
  const held = { ...(body as object), spec: { holderIdentity: 'operator-1' } };
  t.is((await operator('PUT', `${LEASES}/kubeos-operator`, held)).status, 200);
});

const REFUSED: readonly (readonly [string, Parameters<AskApi>])[] = [
  ['secrets', ['GET', '/api/v1/secrets']],
  ['secrets beside it', ['GET', '/api/v1/namespaces/kubeos-system/secrets']],
  ['settings', ['GET', '/api/v1/configmaps']],
  ['every claim', ['GET', '/api/v1/persistentvolumeclaims']],
  ['a kubelet’s own interface', ['GET', '/api/v1/nodes/n1/proxy/pods']],
  ['a shell in a pod', ['POST', '/api/v1/namespaces/default/pods/none/exec?command=sh']],
  ['a pod of its own', ['POST', '/api/v1/namespaces/kubeos-system/pods', {}]],
  ['a token', ['POST', '/api/v1/namespaces/kubeos-proxy/serviceaccounts/kubeos-proxy/token', {}]],
  ['what is asked for', ['PATCH', `${GROUP}/namespaces/default/os/none`, { spec: {} }]],
  ['what a proxy says', ['PATCH', `${INSTANCES}/n1/status`, { status: {} }]],
  ['OSInstances elsewhere', ['GET', `${GROUP}/namespaces/kube-system/osinstances`]],
  ['a node that is no more', ['DELETE', '/api/v1/nodes/n1']],
  ['what a kubelet says', ['PATCH', '/api/v1/nodes/n1/status', { status: {} }]],
  [
    'the lease of a node',
    ['GET', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'],
  ],
  ['another lease', ['POST', LEASES, { metadata: { name: 'other' } }]],
  ['a role', ['POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {}]],
];

for (const [what, request] of REFUSED) {
  test(`a stolen token of the operator does not get at ${what}`, async (t) => {
    const operator = await (await starting).as('kubeos-operator');
    t.is((await operator(...request)).status, 403);
  });
}
