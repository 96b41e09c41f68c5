import test from 'ava';
import { osSpecSchema } from '../api/os-spec.ts';
import { DEFAULT_RULES, drainRulesOf } from './drain-rules.ts';
import { DRAIN_LABEL, judgePod } from './judge-pod.ts';
import { planDrain } from './plan-drain.ts';
import { podSchema, type Pod } from './pod.ts';

const rulesOf = (drain: object) => drainRulesOf(osSpecSchema.parse({ drain }).drain);
const app = (name: string) => ({ matchLabels: { app: name } });

const RULES = rulesOf({
  pods: [
    { selector: app('cache'), action: 'skip' },
    { selector: app('job'), action: 'wait' },
    { selector: app('web'), namespace: 'shop', action: 'evict' },
    { selector: app('db'), action: 'force', after: '10m' },
    { selector: {}, namespace: 'rest', action: 'evict' },
  ],
});

function pod(name: string, change: object = {}): Pod {
  return podSchema.parse({
    metadata: { namespace: 'shop', name, uid: name, labels: { app: name }, ...change },
    ...{ spec: {}, status: { phase: 'Running' } },
  });
}

const view = { rules: RULES, daemonSets: new Set(['shop/net']) };
const kindOf = (one: Pod): string => judgePod(one, view).kind;

test('what the OS object says of pods: the first rule that means one decides', (t) => {
  t.is(kindOf(pod('cache')), 'leave');
  t.is(kindOf(pod('job')), 'await');
  t.is(kindOf(pod('web')), 'evict', 'nothing makes it anew, and somebody knows that');
  t.is(kindOf(pod('web', { namespace: 'other' })), 'block', 'another namespace');
  t.is(kindOf(pod('web', { namespace: 'rest' })), 'evict', 'an empty selector means every pod');
  t.is(kindOf(pod('db')), 'evict');
});

test('what a pod says for itself comes before, and what ends is waited for', (t) => {
  const labels = { app: 'web', [DRAIN_LABEL]: 'skip' };
  t.is(kindOf(pod('web', { labels })), 'leave');
  t.is(kindOf(pod('web', { deletionTimestamp: '2026-01-01T00:00:00Z' })), 'await');
  const ownerReferences = [{ kind: 'DaemonSet', name: 'net', controller: true }];
  t.is(kindOf(pod('web', { ownerReferences })), 'leave', 'it belongs to the node');
});

test('by force: evicted first, and deleted when its time is over, budgets or not', (t) => {
  const asked = new Map([['db', { because: 'needs 2 has 2', againMs: 599_000 }]]);
  const at = (nowMs: number) => {
    const pods = [pod('db'), pod('job')];
    const { evict, force, forceMs } = planDrain({
      ...{ pods, view, asked, volumes: [], sinceMs: 0, nowMs },
    });
    const names = (some: readonly Pod[]) => some.map(({ metadata }) => metadata.name);
    return { evict: names(evict), force: names(force), forceMs };
  };
  t.deepEqual(at(0), { evict: [], force: [], forceMs: 600_000 });
  t.deepEqual(at(599_000), { evict: ['db'], force: [], forceMs: 600_000 });
  t.deepEqual(at(600_000), { evict: [], force: ['db'], forceMs: null });
});

test('without a word of it a drain is as it was', (t) => {
  t.deepEqual(rulesOf({}), DEFAULT_RULES);
  t.like(rulesOf({ unmanaged: 'leave', emptyDir: 'block' }), {
    unmanaged: 'leave',
    emptyDir: 'block',
  });
});
