import test from 'ava';
import fc from 'fast-check';
import type { OsInstance } from '../api/os-instance.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { ONE, testFleet, testNode, testOutcome, testRun, TWO } from '../testing/test-fleet.ts';
import { testProgress } from '../testing/test-progress.ts';
import { readXml, type ReadElement } from '../testing/read-xml.ts';
import { junitReport } from './junit-report.ts';
import { rolloutReport, type Ending } from './rollout-report.ts';
import { RunLog } from './run-log.ts';
import { xmlDocument } from './xml.ts';

const BEGAN = Date.parse('2026-01-01T10:00:00Z');
const SECOND = 1000;
const at = (seconds: number): string => new Date(BEGAN + seconds * SECOND).toISOString();

const since = { prepare: at(0), drain: at(60), activate: at(90) };
const base = {
  id: 'r1',
  kind: 'upgrade',
  target: TWO,
  from: ONE,
  allowed: 'activate',
  bootId: 'b',
};
const running = (phase: string, change: object = {}): OsInstance =>
  osInstanceSchema.parse({
    metadata: { name: 'x' },
    spec: { run: { ...base, since, ...change } },
    status: { run: { id: 'r1', phase, lastLines: phase === 'fell-back' ? ['kubelet: no'] : [] } },
  });
const over = (kind: string, seconds: number): OsInstance =>
  osInstanceSchema.parse({
    metadata: { name: 'x' },
    spec: { outcome: { digest: TWO.digest, kind, at: at(seconds), message: 'why' } },
  });

/** n1 was done before anybody watched, n2 was watched, n3 fell back, n4 is at it, n5 waits. */
function watchedRuns(): RunLog {
  const runs = new RunLog();
  const fetching = { allowed: 'prepare', since: { prepare: at(0) } };
  runs.note(new Map([['n2', running('preparing', fetching)]]), BEGAN);
  runs.note(new Map([['n2', running('prepared', fetching)]]), BEGAN + 40 * SECOND);
  runs.note(
    new Map([
      ['n2', running('rebooting')],
      ['n3', running('fell-back')],
    ]),
    BEGAN + 99 * SECOND,
  );
  runs.note(
    new Map([
      ['n2', over('done', 200)],
      ['n3', over('fell-back', 180)],
    ]),
    BEGAN + 201 * SECOND,
  );
  runs.note(new Map([['n4', running('rebooting')]]), BEGAN + 202 * SECOND);
  return runs;
}

const web = {
  ...{ service: 'default/web', seconds: 5.5, gaps: 2 },
  ...{ longestSeconds: 3, longestSince: '2026-01-01T00:05:00.000Z', isOver: true },
};
const MIGRATION = {
  ...{ servicesWatched: 4, withoutEndpoint: [web], interruptions: 0 },
  moves: [{ owner: 'Deployment default/web', pods: 2, moves: 3, movesPerPod: 1.5 }],
};

function report(ending: Ending, message = 'HEALTH: <kubelet> & "co"\nsecond line\u0007') {
  const booted = { digest: TWO.digest, bootId: 'after', isOnTrial: false };
  const run = testRun({
    ...{ allowed: 'activate', reported: { phase: 'rebooting' } },
    since: { prepare: BEGAN, drain: BEGAN, activate: BEGAN },
  });
  const fleet = testFleet(
    [
      testNode('n1', { booted }),
      testNode('n2', { booted, outcome: testOutcome('done') }),
      testNode('n3', { outcome: testOutcome('fell-back', { message }) }),
      testNode('n4', { run }),
      testNode('n5'),
    ],
    { waves: [{ size: { count: 4 }, soakMs: 0, needsApproval: false }] },
  );
  const course = { ...fleet.course, startedMs: BEGAN };
  const nowMs = BEGAN + 300 * SECOND;
  const halted = { reason: 'FailureBudgetSpent', message: '1 of 5 nodes failed', at: at(181) };
  const rollout = { ...TWO, startedAt: at(0), halted };
  return rolloutReport({
    place: { namespace: 'default', name: 'fleet' },
    progress: testProgress({ ...fleet, course }, nowMs, { rollout }),
    ...{ runs: watchedRuns(), ending, fromMs: BEGAN, untilMs: nowMs, migration: MIGRATION },
  });
}

test('a report has a case for each node, with what it took, and one for the whole', (t) => {
  t.snapshot(junitReport(report({ kind: 'certain' })));
});

test('the same for machines', (t) => {
  t.snapshot(report({ kind: 'timed-out' }));
});

test('a wait that saw nothing is a report of one case that failed', (t) => {
  const nothing = rolloutReport({
    ...{ place: { namespace: 'default', name: 'fleet' }, progress: null, runs: new RunLog() },
    ending: { kind: 'error', message: 'there is no OS object default/fleet' },
    ...{ fromMs: BEGAN, untilMs: BEGAN, migration: null },
  });
  const said = junitReport(nothing);
  t.regex(said, /tests="1" failures="1"/);
  t.regex(said, /could not be waited for: there is no OS object default\/fleet/);
  t.deepEqual(faultsOf(readXml(said)), []);
});

/** As junit-10.xsd of Jenkins' xunit plugin has it: what an element may have in it, its attributes, and which it must have. */
const SHAPE: Readonly<
  Record<string, readonly [children: string, attributes: string, must: string]>
> = {
  testsuites: ['testsuite', 'name time tests failures errors', ''],
  testsuite: [
    'properties testcase system-out system-err',
    'name tests failures errors time skipped timestamp hostname id package',
    'name tests failures errors',
  ],
  properties: ['property', '', ''],
  property: ['', 'name value', 'name value'],
  testcase: ['skipped error failure system-out system-err', 'name time classname group', 'name'],
  failure: ['#text', 'type message', ''],
  skipped: ['#text', 'type message', ''],
  'system-out': ['#text', '', ''],
};

function faultsOf({ name, attributes, children, text }: ReadElement): readonly string[] {
  const [inside, known, must] = (SHAPE[name] ?? ['', '', 'nothing']).map((words) =>
    words.split(' '),
  );
  return [
    ...Object.keys(attributes).filter((key) => !known?.includes(key)),
    ...(must ?? []).filter((key) => key !== '' && !Object.hasOwn(attributes, key)),
    ...(text.trim() !== '' && !inside?.includes('#text') ? [`text in ${name}`] : []),
    ...children.map((child) => child.name).filter((child) => !inside?.includes(child)),
    ...children.flatMap(faultsOf),
  ];
}

test('what a node says may be anything: the report keeps its shape', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (message) => {
      const said = readXml(junitReport(report({ kind: 'certain' }, message)));
      t.deepEqual(faultsOf(said), []);
    }),
    { numRuns: 50 },
  );
});

test('what XML can say is read as it was', (t) => {
  const sayable = fc
    .string({ unit: 'binary' })
    .filter((text) => !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text));
  fc.assert(
    fc.property(sayable, sayable, (attribute, text) => {
      const read = readXml(xmlDocument({ name: 'a', attributes: { attribute }, children: [text] }));
      t.is(read.attributes['attribute'], attribute);
      t.is(read.text, text);
    }),
  );
});
