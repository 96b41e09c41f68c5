import test from 'ava';
import { nodeSchema } from '../api/node-object.ts';
import { osSpecSchema } from '../api/os-spec.ts';
import { podSchema, type Pod } from '../drain/pod.ts';
import { PLACED_DAEMON_SETS, type DaemonSet } from './daemon-set.ts';
import { decideHealth, readyDaemonSets, type SeenPods } from './decide-health.ts';
import { isPlacedOn } from './is-placed-on.ts';

const SINCE = '2026-01-01T00:00:00Z';
const NOW = Date.parse(SINCE) + 30_000;

const node = (change: { labels?: object; taints?: object[]; conditions?: object[] } = {}) =>
  nodeSchema.parse({
    metadata: { name: 'n1', uid: 'u', creationTimestamp: SINCE, labels: change.labels },
    ...{ spec: { taints: change.taints }, status: { conditions: change.conditions } },
  });

function pod(name: string, status: 'True' | 'False', change: object = {}): Pod {
  const owner = { kind: 'DaemonSet', name: name.replace(/-\d$/, ''), controller: true };
  return podSchema.parse({
    metadata: {
      ...{ namespace: 'kube-system', name, uid: name, ownerReferences: [owner] },
      labels: { app: owner.name },
      ...change,
    },
    ...{ spec: {}, status: { phase: 'Running', conditions: [{ type: 'Ready', status }] } },
  });
}

const daemonSet = (name: string, spec: object = {}): DaemonSet =>
  PLACED_DAEMON_SETS.schema.parse({
    metadata: { namespace: 'kube-system', name },
    spec: { template: { spec } },
  });

const seen = (pods: readonly Pod[], daemonSets: readonly DaemonSet[]): SeenPods => ({
  pods: new Map(pods.map((one) => [one.metadata.uid, one])),
  daemonSets: new Map(daemonSets.map((one) => [PLACED_DAEMON_SETS.keyOf(one), one])),
});

const missed = (pods: readonly Pod[], daemonSets: readonly DaemonSet[], on = node()) =>
  decideHealth(
    { daemonSets: ['kube-system/net'], checks: [], readySeconds: 60 },
    { node: on, seen: seen(pods, daemonSets), nowMs: NOW },
  );

test('a pod of a DaemonSet that was Ready before is to be so again', (t) => {
  const net = daemonSet('net');
  t.deepEqual(readyDaemonSets([pod('net-1', 'True'), pod('log-1', 'False')]), ['kube-system/net']);
  t.is(missed([pod('net-1', 'True'), pod('log-1', 'False')], [net, daemonSet('log')]), null);
  t.regex(missed([pod('net-1', 'False')], [net]) ?? '', /net-1 of DaemonSet .* is not Ready$/);
  const ending = pod('net-1', 'True', { deletionTimestamp: SINCE });
  t.regex(missed([ending], [net]) ?? '', /is not Ready$/);
  t.is(missed([ending, pod('net-2', 'True')], [net]), null, 'it was replaced');
  t.regex(missed([], [net]) ?? '', /has no pod here yet$/);
  t.is(missed([pod('net-1', 'False')], []), null, 'the DaemonSet was deleted');
  const elsewhere = daemonSet('net', { nodeSelector: { pool: 'web' } });
  t.is(missed([], [elsewhere]), null, 'it is not meant to be here any more');
});

test('what was not looked at yet is no reason to call a node healthy', (t) => {
  const order = { daemonSets: ['kube-system/net'], checks: [], readySeconds: 0 };
  const view = { node: node(), seen: null, nowMs: NOW };
  t.is(decideHealth(order, view), 'its pods were not looked at yet');
  t.is(decideHealth({ ...order, daemonSets: [] }, view), null);
});

test('where a DaemonSet keeps a pod is decided as its controller does', (t) => {
  const taint = (key: string, effect = 'NoSchedule') => node({ taints: [{ key, effect }] });
  const on = (spec: object, where = node()) => isPlacedOn(daemonSet('net', spec), where);
  t.true(on({}));
  t.true(on({}, taint('node.kubernetes.io/unschedulable')), 'a cordon');
  t.true(on({}, taint('x', 'PreferNoSchedule')));
  t.false(on({}, taint('x')));
  t.true(on({ tolerations: [{ operator: 'Exists' }] }, taint('x', 'NoExecute')));
  t.true(on({ tolerations: [{ key: 'x', effect: 'NoSchedule' }] }, taint('x')));
  t.false(on({ tolerations: [{ key: 'x', value: 'y' }] }, taint('x')));
  t.true(on({ nodeSelector: { pool: 'web' } }, node({ labels: { pool: 'web' } })));
  const wants = (...nodeSelectorTerms: object[]) => ({
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    },
  });
  const cpus = (operator: string) => ({
    matchExpressions: [{ key: 'cpus', operator, values: ['8'] }],
  });
  t.false(on(wants(cpus('Gt')), node({ labels: { cpus: '8' } })));
  t.true(on(wants(cpus('Gt')), node({ labels: { cpus: '16' } })));
  t.false(on(wants(cpus('Lt'))), 'without the label');
  const named = { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] };
  t.true(on(wants(cpus('Gt'), named)), 'one of the terms');
  t.false(on(wants({})), 'an empty term selects nothing');
});

test('checks: a condition for so long, and pods that are there and Ready', (t) => {
  const { checks } = osSpecSchema.parse({
    health: {
      checks: [
        { condition: { type: 'NetworkUnavailable', status: 'False' } },
        { pods: { namespace: 'kube-system', selector: { matchLabels: { app: 'net' } } } },
      ],
    },
  }).health;
  const check = (conditions: object[], pods: readonly Pod[], readySeconds = 30) =>
    decideHealth(
      { daemonSets: [], checks, readySeconds },
      { node: node({ conditions }), seen: seen(pods, []), nowMs: NOW },
    ) ?? 'well';
  const network = (status: string) => [
    { type: 'NetworkUnavailable', status, lastTransitionTime: SINCE },
  ];
  const ready = [pod('net-1', 'True')];
  t.is(check(network('False'), ready), 'well');
  t.regex(check([], ready), /^nobody says its condition NetworkUnavailable/);
  t.regex(check(network('True'), ready), /is True, not False$/);
  t.regex(check(network('False'), ready, 31), /not for 31 s yet$/);
  t.regex(check(network('False'), []), /^no pod is here/);
  t.regex(check(network('False'), [...ready, pod('net-2', 'False')]), /kube-system\/net-2 is not/);
  t.regex(check(network('False'), [pod('net-1', 'True', { namespace: 'x' })]), /^no pod is here/);
});
