import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { readOsSpec } from '../../src/rollout/api/rollout-policy.ts';
import { applyCrds } from './apply-crds.ts';
import { askApiAs, type AskApi } from './ask-api.ts';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';

const RELEASE = `1.4.2@sha256:${'ab'.repeat(32)}`;
const BASE = { release: RELEASE };
const PATH = '/apis/upgrade.openeuler.org/v1alpha1/namespaces/default/os?dryRun=All';

/**
 * What the API server takes and the operator then calls InvalidSpec, each for a reason:
 * - which image is meant: KubeOS's samples name images that nobody can have, and are to apply as they are
 * - how a plain tar of KubeOS is reached: its samples have placeholders there, too
 * - whether a time zone exists: the server has no say in that database
 * - whether a day of KubeOS's window exists: its format is none that a schema knows
 */
const LEFT_TO_THE_OPERATOR: readonly RegExp[] = [
  /^spec\.checksum neither spec\.release nor a checksum/,
  /^spec\.imagetype .+ is not taken: /,
  /^spec\.(imageurl|mtls|cacert|clientcert|clientkey|osversion) /,
  /^spec\.(windows|blackouts)\[\d+\]\.timeZone a time zone of the IANA database/,
  /^spec\.timewindow names a day that is none$/,
];

const stored = z.object({ spec: z.record(z.string(), z.unknown()) });
const refusal = z.object({ message: z.string() });

interface Verdict {
  /** Of the server; empty where it took the object. */
  readonly refusal: string;
  /** What the operator finds wrong: with what the server made of an object that it took, else with the object. */
  readonly faults: readonly string[];
}

async function judge(ask: AskApi, spec: object): Promise<Verdict> {
  const metadata = { name: 'asked' };
  const object = { apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OS', metadata, spec };
  const { status, body } = await ask('POST', PATH, object);
  if (status !== 201 && status !== 422 && status !== 400) throw new Error(JSON.stringify(body));
  const isTaken = status === 201;
  const { faults = [] } = readOsSpec(isTaken ? stored.parse(body).spec : spec);
  return {
    refusal: isTaken ? '' : refusal.parse(body).message,
    faults: faults.map(({ field, message }) => `${field} ${message}`),
  };
}

function areAgreed({ refusal, faults }: Verdict): boolean {
  if (refusal !== '') return faults.length > 0;
  return faults.every((fault) => LEFT_TO_THE_OPERATOR.some((pattern) => pattern.test(fault)));
}

const anything = fc.constantFrom<unknown>(
  ...[null, '', 'x', '10%', '101%', '007%', '1h30m', 'h', '0s', '168h', '168h1s', -1, 0, 1, 1.5],
  ...[2 ** 40, true, [], {}, ['x'], { x: 'y' }, '2024-02-29', '2026-02-29', '23:00', '24:00'],
  ...['23:00:00', '23:00:00.5', '2026-01-01 23:00:00', 'Europe/Berlin', '+01:00', RELEASE, 'halt'],
);
const times = fc.constantFrom(
  ...['', '1', '01:00:00', '23:00:00', '2026-01-01 00:00:00', '2026-02-30 00:00:00', '24:00:00'],
);
const maybe = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: anything });
const amount = maybe(fc.constantFrom(0, 1, 7, '0%', '10%', '100%'));
const duration = maybe(fc.constantFrom('0s', '90s', '45m', '1h30m', '168h', '9999h99999m'));
const integer = maybe(fc.constantFrom(0, 1, 10));
const day = maybe(fc.constantFrom('2026-12-24', '2027-01-03', '0001-01-01'));
const zone = maybe(fc.constantFrom('UTC', 'America/New_York', 'Etc/GMT+1', 'Berlin'));
const flag = maybe(fc.boolean());
const some = (item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  maybe(fc.array(item, { maxLength: 2 }));
const part = (of: Record<string, fc.Arbitrary<unknown>>, required: string[] = []) =>
  maybe(fc.record(of, { requiredKeys: required }));
const word = (...words: string[]) => maybe(fc.constantFrom(...words));

const settings = part({
  version: maybe(fc.constant('1')),
  configs: some(
    part({
      ...{ model: word('kernel.sysctl'), configpath: maybe(fc.constant('/etc/x')) },
      contents: some(part({ key: word('a'), operation: word('', 'delete'), value: anything })),
    }),
  ),
});

const selector = part({
  matchLabels: part({ pool: word('web') }),
  matchExpressions: some(
    part(
      {
        ...{ key: word('zone'), operator: word('In', 'NotIn', 'Exists', 'DoesNotExist') },
        values: some(word('a')),
      },
      ['key', 'operator'],
    ),
  ),
});

const fields: Record<string, fc.Arbitrary<unknown>> = {
  ...{ release: maybe(fc.constant(RELEASE)), repository: word('default') },
  selector,
  strategy: part({
    ...{ maxUnavailable: amount, maxUnavailablePerZone: integer, failureBudget: amount },
    waves: some(
      part({ size: amount, soak: duration, approval: flag, failureBudget: amount }, ['size']),
    ),
    ...{ onFailure: word('halt', 'rollback'), controlPlane: flag },
    ...{ maxPreparing: integer, deadline: duration },
  }),
  windows: some(
    part(
      {
        ...{ days: some(word('Mon', 'Sun')), start: word('23:00', '07:30:15.25') },
        ...{ duration, timeZone: zone },
      },
      ['start', 'duration'],
    ),
  ),
  blackouts: some(part({ from: day, until: day, timeZone: zone }, ['from', 'until'])),
  drain: part({
    policy: word('wait', 'abort', 'quarantine', 'force'),
    timeout: duration,
    ...{ unmanaged: word('block', 'leave'), emptyDir: word('evict', 'block') },
    pods: some(
      part(
        { namespace: word('x'), selector, action: word('skip', 'force', 'force'), after: duration },
        ['selector', 'action'],
      ),
    ),
  }),
  health: part({
    ...{ readySeconds: integer, timeout: duration },
    checks: some(
      part({
        condition: part({ type: word('Ready', ''), status: word('True', 'Unknown') }, ['type']),
        pods: part({ namespace: word('x'), selector }),
      }),
    ),
  }),
  paused: flag,
  ...{ opstype: word('upgrade', 'config', 'rollback'), osversion: maybe(fc.constant('KubeOS v2')) },
  ...{ imagetype: word('', 'docker', 'disk', 'containerd'), imageurl: word('http://x/os.tar') },
  ...{ containerimage: word('x'), checksum: word('ab'.repeat(32)), flagSafe: flag, mtls: flag },
  ...{ cacert: word('x'), clientcert: word('x'), clientkey: word('x'), maxunavailable: integer },
  ...{ evictpodforce: flag, nodeselector: word('no-label', ''), timeinterval: integer },
  ...{ executionmode: word('serial', 'parallel'), sysconfigs: settings, upgradeconfigs: settings },
  timewindow: part({ starttime: maybe(times), endtime: maybe(times) }),
};

/** A few fields at a time: with all of them something would be wrong with every object. */
const specs = fc
  .subarray(Object.keys(fields), { maxLength: 3 })
  .chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, fields[name] ?? anything]))),
  )
  .chain((some) => fc.constantFrom({ ...BASE, ...some }, { osversion: 'KubeOS v2', ...some }));

test('what the API server takes the operator takes, and the other way round', async (t) => {
  await using cluster = await startControlPlane();
  await applyCrds(cluster);
  const ask = await askApiAs(cluster, cluster.kubeconfig);
  const seen = { taken: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(specs, async (spec) => {
      const verdict = await judge(ask, spec);
      seen[verdict.refusal === '' ? 'taken' : 'refused'] += 1;
      if (!areAgreed(verdict)) throw new Error(JSON.stringify({ spec, ...verdict }));
    }),
    { numRuns: 1500, includeErrorInReport: true },
  );
  t.true(seen.taken > 200 && seen.refused > 200, JSON.stringify(seen));
});
