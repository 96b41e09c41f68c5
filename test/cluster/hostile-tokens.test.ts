import test from 'ava';
import type { ApiAnswer, AskApi } from './ask-api.ts';
import { startInstalled } from './installed.ts';
import { legacyToken } from './legacy-token.ts';

const GROUP = '/apis/upgrade.openeuler.org/v1alpha1';
const INSTANCES = `${GROUP}/namespaces/default/osinstances`;
const KIND = { apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OSInstance' };
const OS = { apiVersion: KIND.apiVersion, kind: 'OS' };
const SEEN = { status: { agentVersion: '9.9.9' } };

const starting = startInstalled();
test.after.always(async () => await (await starting)[Symbol.asyncDispose]());

const statusOf = async (asking: Promise<ApiAnswer>): Promise<number> => (await asking).status;

test('the token in a proxy’s pod writes about the node that the pod is on, and about no other', async (t) => {
  const { as, proxyPod } = await starting;
  const proxy = await as('kubeos-proxy', `Pod/${await proxyPod('n1')}`);
  t.is(await statusOf(proxy('PATCH', `${INSTANCES}/n1/status`, SEEN)), 200);
  const refused = await proxy('PATCH', `${INSTANCES}/n2/status`, SEEN);
  t.is(refused.status, 422);
  t.regex(JSON.stringify(refused.body), /writes about its own node, and not about n2/);
});

test('a token of the same account that names no node writes nothing, however it was made', async (t) => {
  const { as, cluster } = await starting;
  const unbound = await as('kubeos-proxy');
  const refused = await unbound('PATCH', `${INSTANCES}/n1/status`, SEEN);
  t.is(refused.status, 422);
  t.regex(JSON.stringify(refused.body), /the token names no node/);
  const legacy = await legacyToken(cluster);
  t.is(await statusOf(legacy('PATCH', `${INSTANCES}/n1/status`, SEEN)), 422);
});

/** With the rights of n1's proxy, and of n1 itself; each is refused. */
const REFUSED: readonly (readonly [string, Parameters<AskApi>])[] = [
  ['what its node is to do', ['PATCH', `${INSTANCES}/n1`, { spec: { nodestatus: 'upgrade' } }]],
  ['its whole OSInstance', ['PUT', `${INSTANCES}/n1`, { ...KIND, metadata: { name: 'n1' } }]],
  ['no OSInstance any more', ['DELETE', `${INSTANCES}/n1`]],
  ['all OSInstances', ['DELETE', INSTANCES]],
  ['a new OSInstance', ['POST', INSTANCES, { ...KIND, metadata: { name: 'n3' } }]],
  ['its status as a whole', ['PUT', `${INSTANCES}/n1/status`, { ...KIND, ...SEEN }]],
  ['a new rollout', ['POST', `${GROUP}/namespaces/default/os`, { ...OS, spec: {} }]],
  ['which rollouts there are', ['GET', `${GROUP}/os`]],
  ['its Node', ['GET', '/api/v1/nodes/n1']],
  ['all nodes', ['GET', '/api/v1/nodes']],
  ['labels of its Node', ['PATCH', '/api/v1/nodes/n1', { metadata: { labels: { a: 'b' } } }]],
  ['a cordon', ['PATCH', '/api/v1/nodes/n1', { spec: { unschedulable: true } }]],
  ['another node’s status', ['PATCH', '/api/v1/nodes/n2/status', { status: {} }]],
  ['a kubelet’s own interface', ['GET', '/api/v1/nodes/n1/proxy/pods']],
  ['pods of all', ['GET', '/api/v1/pods']],
  ['pods beside it', ['GET', '/api/v1/namespaces/kubeos-proxy/pods']],
  ['an eviction', ['POST', '/api/v1/namespaces/default/pods/x/eviction', {}]],
  ['a pod of its own', ['POST', '/api/v1/namespaces/kubeos-proxy/pods', {}]],
  ['secrets', ['GET', '/api/v1/secrets']],
  ['secrets beside it', ['GET', '/api/v1/namespaces/kubeos-proxy/secrets']],
  ['settings', ['GET', '/api/v1/namespaces/kube-system/configmaps']],
  ['a token', ['POST', '/api/v1/namespaces/kubeos-proxy/serviceaccounts/kubeos-proxy/token', {}]],
  [
    'a token of the operator',
    ['POST', '/api/v1/namespaces/kubeos-system/serviceaccounts/kubeos-operator/token', {}],
  ],
  ['events', ['POST', '/apis/events.k8s.io/v1/namespaces/default/events', {}]],
  [
    'the lease of the operator',
    ['GET', '/apis/coordination.k8s.io/v1/namespaces/kubeos-system/leases/kubeos-operator'],
  ],
  ['a role', ['POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {}]],
  [
    'the policy that binds it',
    [
      'DELETE',
      '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/kubeos-proxy-own-node',
    ],
  ],
  ['another workload', ['GET', '/apis/apps/v1/daemonsets']],
];

for (const [what, request] of REFUSED) {
  test(`a stolen token of a proxy does not get at ${what}`, async (t) => {
    const { as } = await starting;
    const proxy = await as('kubeos-proxy', 'Node/n1');
    t.is(await statusOf(proxy(...request)), 403);
  });
}

/** Whoever has a field by name keeps others from it: the operator writes without force. */
const OF_A_THIEF = {
  ...{ manager: 'thief', operation: 'Apply', apiVersion: KIND.apiVersion, subresource: 'status' },
  ...{ fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:nodestatus': {} } } },
};

test('what is smuggled into its own status changes neither spec nor metadata', async (t) => {
  const { as, asAdministrator } = await starting;
  const proxy = await as('kubeos-proxy', 'Node/n2');
  const metadata = {
    ...{ labels: { a: 'b' }, annotations: { a: 'b' }, finalizers: ['a.b/c'] },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'a' }],
    managedFields: [{ ...OF_A_THIEF, time: '2026-01-01T00:00:00Z' }],
  };
  const smuggled = { ...SEEN, spec: { nodestatus: 'upgrade' }, metadata };
  t.is(await statusOf(proxy('PATCH', `${INSTANCES}/n2/status`, smuggled)), 200);
  const { body } = await asAdministrator('GET', `${INSTANCES}/n2`);
  t.like(body, { spec: {}, ...SEEN });
  t.notRegex(JSON.stringify(body), /thief|ownerReferences|finalizers|"a":"b"/);
});

const RUN = { id: 'r', phase: 'failed' };
const CONDITION = { type: 'AgentAvailable', status: 'True', reason: 'Answers' };

/** The operator tells people what a proxy says, in objects of its own, which have an end. */
const TOO_MUCH: readonly (readonly [string, object])[] = [
  ['a long story', { run: { ...RUN, message: 'x'.repeat(4097) } }],
  ['a long code', { run: { ...RUN, code: 'x'.repeat(257) } }],
  ['many last lines', { run: { ...RUN, lastLines: Array.from({ length: 65 }, () => 'x') } }],
  ['a long last line', { run: { ...RUN, lastLines: ['x'.repeat(1025)] } }],
  ['a long version', { agentVersion: 'x'.repeat(257) }],
  ['a long digest', { booted: { slot: 'A', digest: 'x'.repeat(257), bootId: 'b' } }],
  // The server takes a list for a string where that has a format; nobody could read the object then.
  ['a time that is none', { conditions: [{ ...CONDITION, lastTransitionTime: [] }] }],
];

for (const [what, status] of TOO_MUCH) {
  test(`of a stolen token of a proxy the server takes no status with ${what}`, async (t) => {
    const { as } = await starting;
    const proxy = await as('kubeos-proxy', 'Node/n1');
    t.is(await statusOf(proxy('PATCH', `${INSTANCES}/n1/status?dryRun=All`, { status })), 422);
  });
}
