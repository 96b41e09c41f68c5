import test from 'ava';
import { nodeSchema } from '../api/node-object.ts';
import { osObjectSchema } from '../api/os-object.ts';
import { readOsSpec } from '../api/rollout-policy.ts';
import { WITHOUT_OPERATOR } from './cluster-view.ts';
import { keptInstanceSchema } from './kept-instance.ts';
import { observeSettings } from './observe-settings.ts';
import { nodesToTell, settingsState } from './plan-settings.ts';

const NOW = Date.parse('2026-01-07T12:00:00Z'); // a Wednesday
const SINCE = '2026-01-07T11:50:00Z';
const settings = { version: 'v2', configs: [] };

interface Described {
  readonly name: string;
  /** Since when it is not Ready. */
  readonly downSince?: string;
  readonly spec?: object;
  readonly status?: object;
}

function observe(described: readonly Described[], { spec = {}, annotations = {} } = {}) {
  const asks = { opstype: 'config', imagetype: 'disk', osversion: 'x', sysconfigs: settings };
  const { asked } = { asked: undefined, ...readOsSpec({ ...asks, ...spec }) };
  if (asked === undefined) throw new Error('not taken');
  const metadata = { uid: 'uid', creationTimestamp: SINCE, resourceVersion: '1', annotations };
  const os = osObjectSchema.parse({
    metadata: { name: 'fleet', namespace: 'x', ...metadata },
    spec: {},
  });
  const nodes = described.map(({ name, downSince }) => {
    const status = downSince === undefined ? 'True' : 'False';
    const ready = { type: 'Ready', status, lastTransitionTime: downSince ?? SINCE };
    return nodeSchema.parse({
      metadata: { name, uid: name, creationTimestamp: SINCE },
      status: { conditions: [ready] },
    });
  });
  const booted = { slot: 'A', digest: 'sha256:one', bootId: 'boot' };
  const instances = described.map((one) =>
    keptInstanceSchema.parse({
      metadata: { name: one.name, generation: 7 },
      spec: one.spec ?? {},
      status: { booted, ...one.status },
    }),
  );
  const view = {
    ...{ osObjects: [os], nodes, drains: new Map(), ...WITHOUT_OPERATOR },
    instances: new Map(instances.map((one) => [one.metadata.name, one])),
    apiServerVersion: '1.36.0',
  };
  return observeSettings(view, { os, asked, settings, nodes, nowMs: NOW });
}

const told = (...given: Parameters<typeof observe>): readonly string[] =>
  nodesToTell(observe(...given)).map(({ node }) => node.metadata.name);

test('a dead node keeps nobody waiting, and one that is down for a moment keeps its place', (t) => {
  const dead = { name: 'a', downSince: '2026-01-07T10:00:00Z', spec: { sysconfigs: settings } };
  t.deepEqual(told([dead, { name: 'b' }]), ['b']);
  const down = { ...dead, downSince: SINCE };
  t.deepEqual(told([down, { name: 'b' }]), []);
  t.deepEqual(told([down, { name: 'b' }], { spec: { maxunavailable: 2 } }), ['b']);
  const has = { status: { sysconfigs: settings } };
  t.like(settingsState(observe([dead, { name: 'b', ...has }])), {
    kind: 'complete',
    unreachable: 1,
  });
  t.regex(
    settingsState(observe([down, { name: 'b', ...has }])).message,
    /^1 of 2 nodes have sysconfigs v2; waits for a \(the node is not Ready since/,
  );
});

test('a node without a proxy is named, and holds no place', (t) => {
  const silent = { name: 'a', status: { booted: null } };
  t.deepEqual(told([silent, { name: 'b' }]), ['b']);
  const has = { name: 'b', status: { sysconfigs: settings } };
  t.like(settingsState(observe([silent, has])), { kind: 'waiting' });
});

test('a pause, and a closed window, hold settings', (t) => {
  const annotations = { 'upgrade.openeuler.org/paused-by': 'alice' };
  t.deepEqual(told([{ name: 'a' }], { annotations }), []);
  t.like(settingsState(observe([{ name: 'a' }], { annotations })), { kind: 'paused' });
  const windows = [{ days: ['Sun'], start: '02:00', duration: '2h' }];
  t.deepEqual(told([{ name: 'a' }], { spec: { windows } }), []);
  t.like(settingsState(observe([{ name: 'a' }], { spec: { windows } })), {
    kind: 'outside-window',
    message: 'opens 2026-01-11T02:00:00.000Z',
  });
});

test('what was said of the settings before is no refusal of these', (t) => {
  const refused = {
    type: 'Configured',
    status: 'False',
    reason: 'REFUSED',
    lastTransitionTime: SINCE,
  };
  const node = (observedGeneration: number) => ({
    ...{ name: 'a', spec: { nodestatus: 'config', sysconfigs: settings } },
    status: { conditions: [refused], observedGeneration },
  });
  t.is(settingsState(observe([node(6)])).kind, 'upgrading');
  t.is(settingsState(observe([node(7)])).kind, 'failed');
});

test('kernel arguments that were given up after they had been applied make settings fail; those of settings before say nothing', (t) => {
  const dropped = { type: 'Configured', status: 'False', lastTransitionTime: SINCE } as const;
  const conditions = [{ ...dropped, reason: 'ArgumentsDropped', message: 'without: x=1' }];
  const sysconfigs = settings;
  const applied = { name: 'a', spec: { sysconfigs }, status: { sysconfigs, conditions } };
  t.like(settingsState(observe([applied])), { kind: 'failed' });
  const before = { conditions, sysconfigs: { version: 'v1' }, observedGeneration: 7 };
  const spec = { nodestatus: 'config', sysconfigs };
  t.is(settingsState(observe([{ name: 'a', spec, status: before }])).kind, 'upgrading');
});
