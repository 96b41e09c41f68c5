import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { osInstanceSchema } from '../../src/rollout/api/os-instance.ts';
import { applyCrds } from './apply-crds.ts';
import { askApiAs, type AskApi } from './ask-api.ts';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';

const PATH = '/apis/upgrade.openeuler.org/v1alpha1/namespaces/default/osinstances';
const KIND = { apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OSInstance' };

const anything = fc.constantFrom<unknown>(
  ...[null, '', 'x', -1, 0, 1.5, true, [], {}, '2026-01-01T00:00:00Z', '2026-01-01'],
  ...['2026-01-01T00:00:00+01:00', 'upgrade', 'A'],
);
const maybe = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 59, arbitrary: value }, { weight: 1, arbitrary: anything });
const word = (...words: string[]) => maybe(fc.constantFrom(...words));
const time = word('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123456Z');
const part = (of: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[] = []) =>
  maybe(fc.oneof(fc.record(of, { requiredKeys }), fc.record(of)));
const release = part({ version: word('1'), digest: word('sha256:x') }, ['version']);
const count = maybe(fc.nat(3));

const settings = part({
  version: word('1'),
  configs: maybe(
    fc.array(
      part({
        ...{ model: word('kernel.sysctl'), configpath: word('/etc/x') },
        contents: maybe(fc.array(part({ key: word('a'), operation: word('') }), { maxLength: 1 })),
      }),
      { maxLength: 1 },
    ),
  ),
});

const podRule = (action: fc.Arbitrary<unknown>, after: Record<string, fc.Arbitrary<unknown>>) =>
  part(
    {
      ...{ namespace: word('default'), action, ...after },
      selector: part({ matchLabels: maybe(fc.constant({ app: 'db' })) }),
    },
    ['selector', 'action', ...Object.keys(after)],
  );
const rules = part(
  {
    ...{ unmanaged: word('block', 'evict', 'leave'), emptyDir: word('evict', 'block') },
    pods: fc.array(
      fc.oneof(
        podRule(word('skip', 'wait', 'evict'), {}),
        podRule(word('force'), { afterSeconds: count }),
      ),
      { maxLength: 1 },
    ),
  },
  ['unmanaged', 'emptyDir'],
);

const spec = part({
  ...{ sysconfigs: settings, upgradeconfigs: settings },
  ...{ nodestatus: word('idle', 'upgrade', 'config'), nodeUid: word('u') },
  namespacedname: part({ name: word('fleet'), namespace: word('default') }, ['name', 'namespace']),
  run: part(
    {
      ...{ id: word('r'), kind: word('upgrade', 'rollback'), target: release, from: release },
      ...{ repository: word('default'), allowed: word('prepare', 'drain', 'activate') },
      since: part({ prepare: time, drain: time, activate: time }, ['prepare']),
      ...{
        bootId: word('b'),
        commitIn: word('b'),
        daemonSets: maybe(fc.array(word('x/y'), { maxLength: 2 })),
      },
      holdCommitSeconds: maybe(fc.constantFrom(0, 60, 86_400, 86_401)),
      drain: part(
        { by: word('proxy'), cordonedBy: word('u'), rules, forced: maybe(fc.boolean()) },
        ['by', 'cordonedBy', 'rules'],
      ),
      image: part(
        { imageurl: word('http://x/y'), flagSafe: maybe(fc.boolean()), cacert: word('ca') },
        ['imageurl'],
      ),
    },
    ['id', 'kind', 'target', 'allowed', 'since'],
  ),
  outcome: part(
    {
      ...{ digest: word('sha256:x'), kind: word('done', 'fell-back', 'postponed'), at: time },
      ...{ run: word('upgrade', 'rollback'), from: release, attempts: count, message: word('m') },
    },
    ['digest', 'kind'],
  ),
});

const slot = part({ state: word('good'), version: word('1'), digest: word('x') }, ['state']);

const status = part({
  ...{ sysconfigs: settings, upgradeconfigs: settings },
  ...{ observedGeneration: count, agentVersion: word('1') },
  booted: part({ slot: word('A', 'B'), digest: word('x'), bootId: word('b') }, ['slot', 'digest']),
  run: part(
    {
      ...{ id: word('r'), phase: word('preparing', 'committed', 'fell-back') },
      ...{ code: word('NO_SPACE'), message: word('m'), rebootedFrom: word('b') },
      progress: part({ percent: maybe(fc.constantFrom(0, 100, 101)), etaSeconds: count }, [
        'percent',
      ]),
      fetchedBytes: maybe(fc.constantFrom(-1, 0, 5e9)),
      drain: part({ drained: maybe(fc.boolean()), blockedBy: word('pod a/b') }, ['drained']),
      lastLines: maybe(fc.array(word('l'), { maxLength: 2 })),
    },
    ['id', 'phase'],
  ),
  slots: part({ A: slot, B: slot }, ['A', 'B']),
  conditions: maybe(
    fc.array(
      part(
        {
          ...{ type: word('AgentAvailable'), status: word('True', 'False'), reason: word('R') },
          ...{ message: word('m'), lastTransitionTime: time },
        },
        ['type', 'status', 'reason', 'lastTransitionTime'],
      ),
      { maxLength: 1 },
    ),
  ),
});

const written = z.object({ spec: z.unknown().optional(), status: z.unknown().optional() });

/** Undefined where the server refuses it; else what it would store. */
async function write(ask: AskApi, given: { readonly spec: unknown; readonly status: unknown }) {
  const created = { ...KIND, metadata: { name: 'asked' }, spec: given.spec };
  const posted = await ask('POST', `${PATH}?dryRun=All`, created);
  const patched = await ask('PATCH', `${PATH}/there/status?dryRun=All`, { status: given.status });
  if (posted.status !== 201 || patched.status !== 200) return undefined;
  return { ...written.parse(posted.body), status: written.parse(patched.body).status };
}

test('of an OSInstance too, what the server takes can be read, and what it refuses cannot', async (t) => {
  await using cluster = await startControlPlane();
  await applyCrds(cluster);
  const ask = await askApiAs(cluster, cluster.kubeconfig);
  const there = { ...KIND, metadata: { name: 'there' }, spec: {} };
  t.is((await ask('POST', PATH, there)).status, 201);
  const seen = { taken: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.record({ spec, status }), async (given) => {
      const stored = await write(ask, given);
      seen[stored === undefined ? 'refused' : 'taken'] += 1;
      const read = osInstanceSchema.safeParse({ metadata: { name: 'n1' }, ...(stored ?? given) });
      if (read.success === (stored !== undefined)) return;
      throw new Error(JSON.stringify({ given, stored, error: read.error?.issues }));
    }),
    { numRuns: 1000, includeErrorInReport: true },
  );
  t.true(seen.taken > 50 && seen.refused > 50, JSON.stringify(seen));
});

test('whoever may write the status alone cannot touch the spec, and the other way round', async (t) => {
  await using cluster = await startControlPlane();
  await applyCrds(cluster);
  const ask = await askApiAs(cluster, cluster.kubeconfig);
  const object = { ...KIND, metadata: { name: 'n1' }, spec: { nodestatus: 'idle' } };
  await ask('POST', PATH, { ...object, status: { agentVersion: 'forged' } });
  await ask('PATCH', `${PATH}/n1/status`, {
    ...{ spec: { nodestatus: 'upgrade' }, status: { agentVersion: '1.0.0' } },
  });
  await ask('PATCH', `${PATH}/n1`, { status: { agentVersion: 'forged' } });
  const { body } = await ask('GET', `${PATH}/n1`);
  t.like(body, {
    ...{ spec: { nodestatus: 'idle' } },
    status: { observedGeneration: -1, agentVersion: '1.0.0' },
  });
});
