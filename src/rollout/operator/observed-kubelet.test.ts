import test from 'ava';
import { nodeSchema } from '../api/node-object.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { TWO } from '../testing/test-fleet.ts';
import { observedKubelet } from './observed-kubelet.ts';

const at = '2026-01-01T00:00:00Z';

const node = (name: string, nodeInfo: object = {}) =>
  nodeSchema.parse({
    metadata: { name, uid: `uid-${name}`, creationTimestamp: at },
    status: { nodeInfo },
  });

const found = (
  nodes: readonly ReturnType<typeof node>[],
  instances: Readonly<Record<string, object>>,
) => {
  const parsed = Object.entries(instances).map(
    ([name, object]) => [name, osInstanceSchema.parse({ metadata: { name }, ...object })] as const,
  );
  return observedKubelet({ instances: new Map(parsed) }, nodes, TWO.digest);
};

/** A node that runs a release, and what its kubelet says. */
const running = (nodeInfo: object, digest = TWO.digest, spec: object = {}) =>
  found([node('n0', { bootID: 'n0-boot', kubeletVersion: 'v1.30.0' }), node('n1', nodeInfo)], {
    n1: { spec, status: { booted: { slot: 'B', digest, bootId: 'n1-boot' } } },
  })?.version ?? null;

const OTHER_MACHINE = { nodeUid: 'of-a-machine-before' };

test('a release brings the kubelet that a node shows which runs it, in the boot that runs it', (t) => {
  t.is(running({ bootID: 'n1-boot', kubeletVersion: 'v1.35.0' }), 'v1.35.0');
  t.is(running({ bootID: 'before', kubeletVersion: 'v1.33.0' }), null);
  t.is(running({ bootID: 'n1-boot' }), null);
  t.is(running({ bootID: 'n1-boot', kubeletVersion: 'v1.35.0' }, 'sha256:other'), null);
  t.is(running({ bootID: 'n1-boot', kubeletVersion: 'v1.35.0' }, TWO.digest, OTHER_MACHINE), null);
});

const run = (digest: string) => ({
  ...{ id: 'run', kind: 'upgrade', target: { version: '2', digest }, allowed: 'prepare' },
  ...{ since: { prepare: at }, bootId: 'boot' },
});
const ITS_RUN = { run: run(TWO.digest) };

/** A node that has the release in its other slot. */
const prepared = (kubelet: object, spec: object = ITS_RUN) => ({
  spec,
  status: {
    slots: {
      A: { state: 'good', digest: 'sha256:other', kubelet: '1.33.0' },
      B: { state: 'written', digest: TWO.digest, ...kubelet },
    },
  },
});

test('a release brings the kubelet that its manifest says, as soon as a node has it in a slot', (t) => {
  const said = (kubelet: object, spec: object = ITS_RUN) =>
    found([node('n0'), node('n1')], { n1: prepared(kubelet, spec) });
  t.deepEqual(said({ kubelet: '1.35.0' }), { version: '1.35.0', saidBy: 'n1' });
  t.is(said({}), null);
  t.is(said({ kubelet: '1.35.0' }, { ...ITS_RUN, ...OTHER_MACHINE }), null);
});

test('a node that nobody has asked says nothing, nor does one that says no version; one that runs it knows better', (t) => {
  const nodes = [node('n1'), node('n2', { bootID: 'n2-boot', kubeletVersion: 'v1.34.0' })];
  t.is(found(nodes, { n1: prepared({ kubelet: '1.99.0' }, {}) }), null);
  t.is(found(nodes, { n1: prepared({ kubelet: '1.99.0' }, { run: run('sha256:3') }) }), null);
  for (const kubelet of ['', 'x', 'v1.35.0', '2.0.0']) {
    t.is(found(nodes, { n1: prepared({ kubelet }) }), null, kubelet);
  }
  const n2 = { status: { booted: { slot: 'B', digest: TWO.digest, bootId: 'n2-boot' } } };
  const both = found(nodes, { n1: prepared({ kubelet: '1.99.0' }), n2 });
  t.deepEqual(both, { version: 'v1.34.0', saidBy: 'n2' });
});
