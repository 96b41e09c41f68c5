import test from 'ava';
import { planRollout } from '../plan/plan-rollout.ts';
import { testFleet, testNode } from '../testing/test-fleet.ts';
import { policyOf, readOsSpec } from './rollout-policy.ts';
import { isSelected, matches } from './select-nodes.ts';

const SHA256 = 'ab'.repeat(32);

/** As KubeOS's documentation has it for an upgrade by a plain tar. */
const UPGRADE = {
  ...{ imagetype: 'disk', opstype: 'upgrade', osversion: 'KubeOS v2', maxunavailable: 3 },
  ...{ checksum: SHA256.toUpperCase(), flagSafe: true, mtls: false, evictpodforce: true },
  ...{ imageurl: 'http://images.example.com/os.tar', containerimage: '' },
  ...{ nodeselector: 'edit.label.1', timeinterval: 15, executionmode: 'serial' },
  timewindow: { starttime: '23:00:00', endtime: '02:30:00' },
};

const asked = (spec: object) => {
  const { asked: found, faults } = { asked: undefined, ...readOsSpec(spec) };
  if (found === undefined) throw new Error(JSON.stringify(faults));
  return found;
};

const faultsIn = (change: object): string =>
  (readOsSpec({ ...UPGRADE, ...change }).faults ?? [])
    .map(({ field, message }) => `${field} ${message}`)
    .join('\n');

test("KubeOS's own objects are understood as they are", (t) => {
  const { release, schedule, spec } = asked(UPGRADE);
  t.deepEqual(release, { version: 'KubeOS v2', digest: `sha256:${SHA256}` });
  t.like(schedule.windows[0], { kind: 'weekly', start: '23:00:00', minutes: 210, timeZone: 'UTC' });
  const policy = policyOf(asked(UPGRADE), { target: release ?? t.fail(), kubelet: null });
  t.like(policy, { maxUnavailable: { count: 3 }, isSerial: true, withControlPlane: false });
  t.true(isSelected(spec, { 'upgrade.openeuler.org/node-selector': 'edit.label.1' }));
  t.false(isSelected(spec, {}));
  const back = asked({ ...UPGRADE, opstype: 'rollback', checksum: '', imageurl: '' });
  t.is(back.release, null);
  const plan = planRollout(testFleet([testNode('n1')], policy), Date.parse('2026-01-01T23:30:00Z'));
  t.like(plan.steps[0], { do: 'begin', node: 'n1' });
});

test('ours: one value for version and digest, waves, windows, and what else a fleet needs', (t) => {
  const found = asked({
    ...{ ...UPGRADE, release: `1.4.2@sha256:${SHA256}`, timewindow: undefined },
    strategy: {
      ...{ maxUnavailable: '10%', failureBudget: '2%', onFailure: 'rollback', deadline: '6h' },
      waves: [
        { size: 1, soak: '1h30m' },
        { size: '25%', approval: true },
      ],
    },
    windows: [{ days: ['Sat', 'Sun'], start: '23:00', duration: '3h', timeZone: 'Europe/Berlin' }],
    blackouts: [{ from: '2026-12-24', until: '2027-01-03' }],
    selector: { matchLabels: { pool: 'web' } },
  });
  const kubelet = { version: '1.34.0', saidBy: 'n1' };
  const policy = policyOf(found, { target: found.release ?? t.fail(), kubelet });
  t.like(policy, {
    target: { version: '1.4.2', digest: `sha256:${SHA256}` },
    maxUnavailable: { percent: 10 },
    failureBudget: { percent: 2 },
    onFailure: 'rollback',
    limits: { rolloutMs: 6 * 3_600_000, drainMs: 30 * 60_000 },
  });
  t.deepEqual(policy.waves, [
    { size: { count: 1 }, soakMs: 5_400_000, needsApproval: false },
    { size: { percent: 25 }, soakMs: 0, needsApproval: true },
  ]);
  t.deepEqual(policy.schedule, {
    windows: [
      { kind: 'weekly', days: [6, 7], start: '23:00', minutes: 180, timeZone: 'Europe/Berlin' },
    ],
    blackouts: [{ from: '2026-12-24', until: '2027-01-03', timeZone: 'UTC' }],
  });
  t.true(isSelected(found.spec, { pool: 'web' }), 'the group label does not matter then');
});

const WRONG: readonly (readonly [string, object, RegExp])[] = [
  ['nothing says which image', { checksum: '' }, /^spec\.checksum neither spec\.release nor/],
  ['a version without digest', { release: '1.4.2' }, /^spec\.release a version and a digest/],
  ['another kind of image', { imagetype: 'docker' }, /^spec\.imagetype docker is not taken: name/],
  ['plain http that nobody calls safe', { flagSafe: false }, /^spec\.imageurl http: only with/],
  [
    'certificates that nodes do not have',
    { imageurl: 'https://images.example.com/os.tar', mtls: true, cacert: '/etc/ca.pem' },
    /^spec\.cacert the name of a file in .*\nspec\.mtls needs clientcert and clientkey too$/,
  ],
  ['a name that GRUB cannot show', { osversion: "it's" }, /^spec\.osversion what people call/],
  ['no node at all', { maxunavailable: 0 }, /^spec\.maxunavailable at least 1/],
  ['an unknown operation', { opstype: 'update' }, /^spec\.opstype /],
  ['a window of one form only', { timewindow: { starttime: '23:00:00' } }, /two times of the same/],
  [
    'a window that ends before it starts',
    { timewindow: { starttime: '2026-01-02 00:00:00', endtime: '2026-01-01 00:00:00' } },
    /^spec\.timewindow ends before it starts$/,
  ],
  [
    'a zone that is none',
    { windows: [{ start: '23:00', duration: '1h', timeZone: 'Berlin' }] },
    /^spec\.windows\[0\]\.timeZone a time zone/,
  ],
  [
    'a way back to two versions',
    { opstype: 'rollback', release: `9.9.9@sha256:${'9'.repeat(64)}` },
    /^spec\.release it is of another version than spec\.osversion/,
  ],
  ['a window of no length', { windows: [{ start: '23:00', duration: '0s' }] }, /more than 0/],
  [
    'a blackout backwards',
    { blackouts: [{ from: '2026-02-02', until: '2026-02-01' }] },
    /^spec\.blackouts\[0\] ends/,
  ],
  [
    'force without a time',
    { drain: { pods: [{ selector: {}, action: 'force' }] } },
    /^spec\.drain\.pods\[0\] after is for action force, which needs it$/,
  ],
  ['nobody away', { strategy: { maxUnavailable: 0 } }, /maxUnavailable at least 1, .*paused: true/],
  ['a share of none', { strategy: { maxUnavailable: '0%' } }, /maxUnavailable at least 1, or 1%/],
  ['a share above all', { strategy: { maxUnavailable: '101%' } }, /such as 10%$/],
];

for (const [name, change, expected] of WRONG) {
  test(`refused: ${name}`, (t) => t.regex(faultsIn(change), expected));
}

test('all faults are told at once', (t) => {
  const said = faultsIn({ checksum: '', timewindow: { starttime: '1' } });
  t.regex(said, /^spec\.checksum .+\nspec\.timewindow /);
});

test('selectors select as those of Kubernetes', (t) => {
  const expression = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: string[]) => {
    return { matchExpressions: [{ key: 'zone', operator, ...(values && { values }) }] };
  };
  const [inA, none] = [{ zone: 'a' }, {}];
  t.deepEqual(
    [inA, none].map((labels) => matches(expression('In', ['a', 'b']), labels)),
    [true, false],
  );
  t.deepEqual(
    [inA, none].map((labels) => matches(expression('NotIn', ['a']), labels)),
    [false, true],
  );
  t.deepEqual(
    [inA, none].map((labels) => matches(expression('Exists'), labels)),
    [true, false],
  );
  t.deepEqual(
    [inA, none].map((labels) => matches(expression('DoesNotExist'), labels)),
    [false, true],
  );
  t.true(matches({}, none), 'no requirement is met by all');
  t.false(matches({ matchLabels: { toString: 'x' } }, none));
});
