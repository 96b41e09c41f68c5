import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { loadAll } from 'js-yaml';
import { z } from 'zod';
import { conditionsOf, transition } from '../../src/rollout/api/conditions.ts';
import { applyCrds } from './apply-crds.ts';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';

const SAMPLES = fileURLToPath(new URL('../../fixtures/kubeos-samples/os.yaml', import.meta.url));
const RELEASE = `1.4.2@sha256:${'ab'.repeat(32)}`;

const starting = startControlPlane().then(async (cluster) => {
  await applyCrds(cluster);
  return cluster;
});
test.after.always(async () => await (await starting)[Symbol.asyncDispose]());

const osObject = (name: string, spec: object): string =>
  JSON.stringify({
    ...{ apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OS' },
    ...{ metadata: { name }, spec },
  });

const sample = z.object({ metadata: z.object({ name: z.string() }) });

test("the objects of KubeOS's documentation apply as they are, and nothing of them is lost", async (t) => {
  const { kubectl } = await starting;
  for (const object of loadAll(await readFile(SAMPLES, 'utf8'))) {
    const { name } = sample.parse(object).metadata;
    // By default kubectl refuses fields that the server does not know.
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
    const { stdout } = await kubectl(['get', 'os', name, '-o', 'json']);
    t.like(JSON.parse(stdout), object as object);
  }
});

const WRONG: readonly (readonly [string, object, RegExp])[] = [
  ['nothing says what to run', {}, /spec: .*name what the nodes are to run, by spec\.release/],
  ['a version without digest', { release: '1.4.2' }, /spec\.release: .*should match/],
  ['an unknown operation', { opstype: 'update' }, /spec\.opstype: .*"upgrade", "config"/],
  ['no node at all', { maxunavailable: 0 }, /spec\.maxunavailable: .*greater than or equal to 1/],
  [
    'nobody away',
    { strategy: { maxUnavailable: 0 } },
    /at least 1, .*paused: true holds a rollout/,
  ],
  ['a share of none', { strategy: { maxUnavailable: '0%' } }, /paused: true holds a rollout/],
  ['a share above all', { strategy: { maxUnavailable: '101%' } }, /maxUnavailable: .*should match/],
  [
    'a window of no length',
    { windows: [{ start: '23:00', duration: '0s' }] },
    /spec\.windows\[0\]\.duration: .*more than 0, at most 168h/,
  ],
  [
    'a blackout backwards',
    { blackouts: [{ from: '2026-02-02', until: '2026-02-01' }] },
    /spec\.blackouts\[0\]: .*ends before it starts/,
  ],
  [
    'a day that is none',
    { blackouts: [{ from: '2026-02-30', until: '2026-03-01' }] },
    /spec\.blackouts\[0\]\.from: .*must be of type date/,
  ],
  [
    'a window of KubeOS in two forms',
    { timewindow: { starttime: '23:00:00', endtime: '2026-01-01 00:00:00' } },
    /spec\.timewindow: .*two times of the same form: HH:MM:SS/,
  ],
  [
    'a requirement without values',
    { selector: { matchExpressions: [{ key: 'zone', operator: 'In' }] } },
    /matchExpressions\[0\]\.values: .*In and NotIn need values/,
  ],
  ['an unknown field', { strategy: { maxunavailable: 2 } }, /unknown field "spec\.strategy\.maxun/],
];

for (const [name, change, expected] of WRONG) {
  test(`refused at once, by the field and what it should be: ${name}`, async (t) => {
    const { kubectl } = await starting;
    const spec = name === 'nothing says what to run' ? {} : { release: RELEASE, ...change };
    const { stderr } = await kubectl(['apply', '-f', '-'], {
      ...{ input: osObject('wrong', spec), successCodes: [1] },
    });
    t.regex(stderr, expected);
  });
}

const times = <Item>(count: number, item: Item): Item[] =>
  Array.from({ length: count }, () => item);

test('an object as large as the schema lets it be stays within what rules may cost', async (t) => {
  const { kubectl } = await starting;
  const window = { days: ['Sat', 'Sun'], start: '23:00', duration: '3h', timeZone: 'UTC' };
  const blackout = { from: '2026-12-24', until: '2027-01-03' };
  const expression = { key: 'x'.repeat(316), operator: 'In', values: ['y'.repeat(63)] };
  const spec = {
    release: RELEASE,
    selector: { matchExpressions: times(64, expression) },
    strategy: { waves: times(16, { size: '5%', soak: '9999h99999m999999s' }) },
    ...{ windows: times(32, window), blackouts: times(64, blackout) },
    timewindow: { starttime: '2026-01-01 00:00:00', endtime: '2026-01-02 00:00:00' },
  };
  await kubectl(['apply', '-f', '-'], { input: osObject('large', spec) });
  t.pass();
});

test('kubectl shows how a rollout stands, and waits for its end, not for an old one', async (t) => {
  const { kubectl } = await starting;
  await kubectl(['apply', '-f', '-'], { input: osObject('fleet', { release: RELEASE }) });
  const isNew = await kubectl(['get', 'os', 'fleet', '-o', 'jsonpath={.status}']);
  t.is(isNew.stdout, '{"observedGeneration":-1}');
  await say('upgrading');
  const columns = (await kubectl(['get', 'os', 'fleet'])).stdout.split('\n');
  t.regex(columns[0] ?? '', /^NAME +RELEASE +READY +REASON +UPGRADED +NODES +AGE$/);
  t.regex(columns[1] ?? '', /^fleet +1\.4\.2 +False +RolloutInProgress +1 +3 +\d+s/);
  t.regex(await waited(), /timed out waiting for the condition/);
  await say('complete');
  t.regex(await waited('60s'), /condition met/);
  await kubectl(['patch', 'os', 'fleet', '--type=merge', '-p', '{"spec":{"paused":true}}']);
  t.regex(await waited(), /timed out waiting for the condition/, 'of the generation before');

  async function say(kind: 'upgrading' | 'complete'): Promise<void> {
    const said = conditionsOf({ kind, reason: null, message: kind, unreachable: 0 });
    const at = { now: new Date(), generation: 1 };
    const status = {
      ...{ observedGeneration: 1, conditions: transition([], said, at), nodes: 3 },
      ...{ target: { version: '1.4.2', digest: 'sha256:…' }, counts: { current: 1, pending: 2 } },
    };
    const patch = JSON.stringify({ status });
    const merge = ['--subresource=status', '--type=merge', '-p', patch];
    await kubectl(['patch', 'os', 'fleet', ...merge]);
  }

  async function waited(time = '1s'): Promise<string> {
    const wait = ['wait', '--for=condition=Available', `--timeout=${time}`, 'os/fleet'];
    const { stdout, stderr } = await kubectl(wait, { successCodes: [0, 1] });
    return stdout + stderr;
  }
});

test('kubectl explain says what a field is for', async (t) => {
  const { kubectl } = await starting;
  for (const kind of ['os', 'osinstances']) {
    const { stdout } = await kubectl(['explain', kind, '--recursive']);
    t.regex(stdout, /GROUP: +upgrade\.openeuler\.org/);
  }
  const strategy = await kubectl(['explain', 'os.spec.strategy']);
  t.regex(
    strategy.stdout,
    /How many nodes at once, in what waves[^]*failureBudget[^]*maxUnavailable[^]*waves/,
  );
  const { stdout } = await kubectl(['explain', 'os.spec.strategy.maxUnavailable']);
  t.regex(stdout, /At most so many nodes of the selection are away at once/);
  const names = await kubectl(['api-resources', '--categories=kubeos', '--no-headers']);
  t.regex(names.stdout, /^os +kos .*\nosinstances +osi /);
});
