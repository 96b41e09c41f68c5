import test from 'ava';
import { osInstanceSchema, type OsInstance } from '../api/os-instance.ts';
import { osObjectSchema } from '../api/os-object.ts';
import { hasWork } from './has-work.ts';
import { servedNodes } from './served-nodes.ts';
import { addressOf, SSH_ADDRESS, sshNodeSchema, type SshNode } from './ssh-node.ts';

const nodeOf = (name: string, more: object = {}, status: object = {}): SshNode =>
  sshNodeSchema.parse({ metadata: { name, uid: `uid-${name}`, ...more }, status });

test('an address comes from where it is said, and is none where it does not stand there', (t) => {
  const addresses = [
    { type: 'InternalIP', address: '10.0.0.1' },
    { type: 'Hostname', address: 'n1' },
  ];
  const annotations = { [SSH_ADDRESS]: 'core@[fd00::1]:2222' };
  const node = nodeOf('n1', { annotations }, { addresses });
  t.deepEqual(addressOf(node, 'InternalIP'), { host: '10.0.0.1', user: null, port: null });
  t.deepEqual(addressOf(node, 'Hostname'), { host: 'n1', user: null, port: null });
  t.is(addressOf(node, 'ExternalIP'), null);
  t.deepEqual(addressOf(node, 'annotation'), { host: 'fd00::1', user: 'core', port: 2222 });
  const wrong = nodeOf('n1', { annotations: { [SSH_ADDRESS]: 'a/b' } });
  t.is(addressOf(wrong, 'annotation'), null);
  t.is(addressOf(nodeOf('n1'), 'annotation'), null);
});

const DIGEST = `sha256:${'1'.repeat(64)}`;
const RUN = {
  ...{ id: 'r1', kind: 'upgrade', target: { version: '2', digest: DIGEST }, bootId: 'b' },
  ...{ allowed: 'prepare', since: { prepare: '2026-01-01T00:00:00Z' } },
};
const instanceOf = (spec: object, status: object = {}): OsInstance =>
  osInstanceSchema.parse({
    ...{ metadata: { name: 'n1', generation: 1 }, spec },
    status: { observedGeneration: 1, ...status },
  });
const os = osObjectSchema.parse({
  metadata: {
    ...{ name: 'fleet', namespace: 'default', uid: 'u', generation: 1 },
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: {
    ...{ release: `2.0.0@${DIGEST}`, selector: { matchLabels: { tier: 'web' } } },
    ...{ opstype: 'upgrade' },
  },
});

test('served are nodes that are meant, or were begun, and on which no proxy runs', (t) => {
  const labels = { tier: 'web' };
  const nodes = [nodeOf('n1', { labels }), nodeOf('n2', { labels }), nodeOf('n3'), nodeOf('n4')];
  const namespacedname = { namespace: 'default', name: 'fleet' };
  const instances = new Map([['n3', instanceOf({ namespacedname, run: RUN })]]);
  const served = servedNodes({ os, nodes, instances, proxied: new Set(['n2']) });
  t.deepEqual(
    served.map(({ metadata }) => metadata.name),
    ['n1', 'n3'],
  );
});

const works = test.macro((t, instance: OsInstance, expected: boolean) => {
  t.is(hasWork(instance), expected);
});
const said = (phase: string, run: object = {}) =>
  instanceOf({ run: { ...RUN, ...run } }, { run: { id: 'r1', phase } });

test(
  'a spec that was not looked at is work',
  works,
  instanceOf({}, { observedGeneration: 0 }),
  true,
);
test('a node at rest is none', works, instanceOf({}), false);
test('a run is, of which nothing was said', works, instanceOf({ run: RUN }), true);
test('a node that prepares is', works, said('preparing'), true);
test('one that waits for its drain is none', works, said('prepared', { allowed: 'drain' }), false);
const own = {
  allowed: 'drain',
  drain: { by: 'proxy', cordonedBy: 'u', rules: { unmanaged: 'block', emptyDir: 'evict' } },
};
test('one whose drain is left to its hand is', works, said('prepared', own), true);
test('one that may switch is', works, said('prepared', { allowed: 'activate' }), true);
test('one on trial is', works, said('verifying', { allowed: 'activate' }), true);
for (const phase of ['committed', 'failed', 'fell-back']) {
  test(`one that has ${phase} waits for the operator`, works, said(phase), false);
}
const SETTINGS = { sysconfigs: { version: '1', configs: [] } };
const configured = (status: string, reason: string) => {
  const at = { lastTransitionTime: '2026-01-01T00:00:00Z' };
  return instanceOf(SETTINGS, { conditions: [{ type: 'Configured', status, reason, ...at }] });
};
test('settings that wait are work', works, configured('False', 'Pending'), true);
test('settings that were refused are none', works, configured('False', 'REFUSED'), false);
test('settings that are applied are none', works, configured('True', 'Applied'), false);
