import test from 'ava';
import { conditionsOf } from '../../src/rollout/api/conditions.ts';
import { readVerdict } from '../../src/rollout/client/read-verdict.ts';
import { eventsOfStep } from '../../src/rollout/operator/tell-events.ts';
import { HALT_REASONS, type NodeOutcome } from '../../src/rollout/plan/fleet.ts';
import type { Closed } from '../../src/rollout/plan/step.ts';
import type { RolloutState } from '../../src/rollout/plan/summarise.ts';
import { readPage } from './page.ts';

const GUIDE = 'docs/guides/rollouts.md';

/** That the compiler wants all of them keeps these lists whole. */
const KINDS: Readonly<Record<RolloutState['kind'], true>> = {
  ...{ complete: true, upgrading: true, waiting: true, soaking: true, 'outside-window': true },
  ...{ 'awaiting-approval': true, paused: true, halted: true, failed: true },
  ...{ 'rolling-back': true, 'rolled-back': true },
};
const GATES: Readonly<Record<Closed['gate'], true>> = {
  ...{ paused: true, ready: true, cordon: true, postponed: true, wave: true, waveSize: true },
  ...{ prepareSlots: true, schedule: true, closing: true, places: true, controlPlane: true },
  ...{ operatorLast: true, write: true, halted: true, drain: true, health: true, proxy: true },
};
const OUTCOMES: Readonly<Record<NodeOutcome['kind'], true>> = {
  ...{ done: true, failed: true, 'fell-back': true, undone: true, postponed: true },
  ...{ quarantined: true, 'rolled-back': true },
};

const keysOf = <Key extends string>(record: Readonly<Record<Key, true>>): Key[] =>
  Object.keys(record).filter((key): key is Key => Object.hasOwn(record, key));

/** Of conditions, in every state. */
function reasons(): ReadonlySet<string> {
  const states = keysOf(KINDS).flatMap((kind) =>
    (kind === 'halted' ? HALT_REASONS : [null]).map((reason) => ({
      ...{ kind, reason, message: '', unreachable: 1 },
    })),
  );
  const invalid = (['InvalidSpec', 'OverlappingSelectors'] as const).map((reason) => ({
    ...{ kind: 'invalid' as const, reason, message: '' },
  }));
  const said = [...states, ...invalid].flatMap(conditionsOf).map(({ reason }) => reason);
  return new Set(said.filter((reason) => reason !== 'AsExpected'));
}

test('the guide to rollouts says of every reason what happened, and what to do', async (t) => {
  const { text } = await readPage(GUIDE);
  const [, rows = ''] = /^\| reason \|.*\n([^]*?)\n\n/m.exec(text) ?? [];
  const told = [...rows.matchAll(/^\| `(\w+)`/gm)].map(([, reason = '']) => reason);
  const fresh = { metadata: { generation: 1 }, status: { conditions: [] } };
  const unseen = readVerdict(fresh as unknown as Parameters<typeof readVerdict>[0]);
  const said = [...reasons(), unseen.reason];
  t.deepEqual({ untold: said.filter((reason) => !told.includes(reason)) }, { untold: [] });
  t.deepEqual({ unsaid: told.filter((reason) => !said.includes(reason)) }, { unsaid: [] });
});

test('the guide to rollouts names every gate and every event of a node', async (t) => {
  const { text } = await readPage(GUIDE);
  const node = { metadata: { name: 'n1', uid: 'u' } } as Parameters<typeof eventsOfStep>[1];
  const events = keysOf(OUTCOMES)
    .map((outcome) => ({ do: 'close', node: 'n1', outcome, message: '', uncordon: true }) as const)
    .flatMap((step) => eventsOfStep(step as Parameters<typeof eventsOfStep>[0], node))
    .map(({ reason }) => reason);
  const missing = [...keysOf(GATES), ...events].filter((word) => !text.includes(`\`${word}\``));
  t.deepEqual(missing, []);
});
