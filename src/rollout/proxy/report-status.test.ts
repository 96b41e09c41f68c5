import test from 'ava';
import type { Transfer } from '../../agent/operations/operation.ts';
import type { AgentStatus } from '../../agent/status.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { newCourse } from './course.ts';
import { reportOf, reportWithoutAgent } from './report-status.ts';

const LONG = '😀'.repeat(5000);
const NOW = new Date('2026-01-01T00:00:00Z');
const instance = osInstanceSchema.parse({ metadata: { name: 'n1' } });
const nothing = { release: null, since: NOW.toISOString(), triesLeft: null };
const identity = { digest: 'x', epoch: 1, securityFloor: 0, image: null };
const agent: AgentStatus = {
  ...{ agentVersion: '0.1.0', booted: 'A', bootId: 'b', failed: [], floor: 0, trial: null },
  ...{ next: { slot: 'A', isTrial: false }, operation: null, last: null, data: null },
  slots: {
    A: { ...nothing, state: 'good', release: { ...identity, version: LONG } },
    B: { ...nothing, state: 'empty' },
  },
  watchdog: { kind: 'none', name: null, isArmed: false },
  droppedArguments: [],
  grub: { booted: null, first: null, second: null, release: null, state: 'current', message: '' },
};

// The server refuses a report with a longer text as a whole, and the node would stand still.
test('what an agent says at length is reported as long as the server takes it', (t) => {
  const run = { id: 'r', phase: 'failed', code: 'NO_SPACE', message: LONG } as const;
  const view = { instance, agent, nodeUid: null, course: newCourse(''), nowMs: 0 };
  const decision = { call: null, run, unconfigured: null, wakeInMs: null };
  const report = reportOf(view, decision, NOW);
  t.is(report.run?.message.length, 4096);
  t.true(report.run?.message.endsWith('…'));
  t.true(report.run?.message.isWellFormed());
  t.is(report.slots?.A.version.length, 256);
  t.is(report.booted?.version.length, 256);
  t.is(reportWithoutAgent(instance, LONG, NOW).conditions[0]?.message.length, 4096);
});

test('what a run fetched is reported when it is prepared, and stays when the agent speaks of something else', (t) => {
  const view = { instance, agent, nodeUid: null, course: newCourse(''), nowMs: 0 };
  const report = (phase: 'preparing' | 'prepared' | 'committed', over: Partial<typeof view>) => {
    const run = { id: 'r', phase, code: '', message: '' };
    const decision = { call: null, run, unconfigured: null, wakeInMs: null };
    return reportOf({ ...view, ...over }, decision, NOW);
  };
  const transfer: Transfer = {
    ...{ bytesTransferred: 7e6, requests: 9, blocks: 100, blocksReused: 90 },
    ...{ blocksCopied: 0, blocksWritten: 10, how: 'pack' },
  };
  const last: AgentStatus['last'] = {
    ...{ id: 1, kind: 'prepare', release: 'x', since: NOW.toISOString() },
    ...{ until: NOW.toISOString(), outcome: 'done', phases: [], error: null, transfer },
  };
  t.is(report('preparing', { agent: { ...agent, last } }).run?.fetchedBytes, undefined);
  const prepared = report('prepared', { agent: { ...agent, last } });
  t.is(prepared.run?.fetchedBytes, 7e6);
  const known = { ...instance, status: prepared };
  t.is(report('committed', { instance: known }).run?.fetchedBytes, 7e6);
});

test('settings with kernel arguments that no boot was well with are not said to be applied', (t) => {
  const dropped = { ...agent, droppedArguments: ['a_b=1', 'nosmt'] };
  const told = (content: object, { model = 'grub.cmdline.current', applied = '1' } = {}) => {
    const sysconfigs = { version: '1', configs: [{ model, contents: [content] }] };
    const spec = { ...instance.spec, sysconfigs };
    const status = { ...instance.status, sysconfigs: { version: applied } };
    const view = {
      ...{ instance: { ...instance, spec, status }, agent: dropped },
      ...{ nodeUid: null, course: newCourse(''), nowMs: 0 },
    };
    const decision = { call: null, run: null, unconfigured: null, wakeInMs: null };
    return reportOf(view, decision, NOW).conditions.find(({ type }) => type === 'Configured');
  };
  t.like(told({ key: 'a-b', value: 2 }), {
    ...{ status: 'False', reason: 'ArgumentsDropped' },
    message: 'no boot with these kernel arguments was well, it runs without: a_b=1',
  });
  t.like(told({ key: 'quiet' }), { status: 'True' });
  t.like(told({ key: 'nosmt', operation: 'delete' }), { status: 'True' });
  t.like(told({ key: 'nosmt' }, { model: 'kernel.sysctl' }), { status: 'True' });
  t.like(told({ key: 'nosmt' }, { applied: '0' }), { reason: 'Pending' });
});
