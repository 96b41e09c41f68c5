import { fileURLToPath } from 'node:url';
import test from 'ava';
import { z } from 'zod';
import { hostCommands } from '../../src/host/run-commands.ts';
import {
  conditionsOf,
  transition,
  type Condition,
  type InvalidState,
} from '../../src/rollout/api/conditions.ts';
import type { RolloutState } from '../../src/rollout/plan/summarise.ts';
import { locateStatusReaders } from './locate-status-readers.ts';

const HEALTH = fileURLToPath(
  new URL('../../integrations/argocd/upgrade.openeuler.org/OS/health.lua', import.meta.url),
);

type Kind = (RolloutState | InvalidState)['kind'];

/** What Flux and Helm (kstatus) and Argo CD make of each state; no state is healthy but the one in which all is done. */
const READINGS: Readonly<Record<Kind, string>> = {
  complete: 'Current, Healthy',
  upgrading: 'InProgress, Progressing',
  waiting: 'InProgress, Progressing',
  soaking: 'InProgress, Progressing',
  'outside-window': 'InProgress, Progressing',
  'rolling-back': 'InProgress, Progressing',
  'awaiting-approval': 'InProgress, Suspended',
  paused: 'InProgress, Suspended',
  halted: 'Failed, Degraded',
  failed: 'Failed, Degraded',
  'rolled-back': 'Failed, Degraded',
  invalid: 'Failed, Degraded',
};

const readingsSchema = z.array(
  z.object({ kstatus: z.string(), argo: z.string(), message: z.string() }),
);

/** By their own code: cli-utils' kstatus, and gopher-lua with the script that is shipped. */
async function readAll(objects: readonly object[]): Promise<z.infer<typeof readingsSchema>> {
  const commands = hostCommands({ signal: new AbortController().signal });
  const { stdout } = await commands.run({
    ...{ tool: await locateStatusReaders(), args: [HEALTH] },
    input: JSON.stringify(objects),
  });
  return readingsSchema.parse(JSON.parse(stdout));
}

function conditionsIn(kind: Kind, unreachable = 0): readonly Condition[] {
  const message = `it is ${kind}`;
  const said =
    kind === 'invalid'
      ? conditionsOf({ kind, reason: 'InvalidSpec', message })
      : conditionsOf({ kind, reason: null, message, unreachable });
  return transition([], said, { now: new Date(0), generation: 2 });
}

const osObject = (status: object | undefined, generation = 2): object => ({
  ...{ apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OS' },
  metadata: { name: 'fleet', namespace: 'default', generation },
  ...(status === undefined ? {} : { status }),
});

const kinds = Object.keys(READINGS) as Kind[];

test('in every state kstatus and Argo CD read what is so', async (t) => {
  const objects = kinds.map((kind) =>
    osObject({ observedGeneration: 2, conditions: conditionsIn(kind) }),
  );
  const read = await readAll(objects);
  const table = read.map(({ kstatus, argo }) => `${kstatus}, ${argo}`);
  t.deepEqual(Object.fromEntries(kinds.map((kind, index) => [kind, table[index]])), READINGS);
  // What Argo CD shows is our sentence.
  t.deepEqual(
    read.map(({ message }) => message),
    kinds.map((kind) => `it is ${kind}`),
  );
});

test('nodes that cannot be reached make it degraded by our word, and do not hold up who waits', async (t) => {
  const conditions = conditionsIn('complete', 2);
  t.like(
    conditions.find(({ type }) => type === 'Degraded'),
    { status: 'True', reason: 'NodesUnreachable' },
  );
  const [read] = await readAll([osObject({ observedGeneration: 2, conditions })]);
  t.like(read, { kstatus: 'Current', argo: 'Healthy' });
});

test('before the operator has seen a spec nobody takes it for done, whatever the status says', async (t) => {
  const old = { observedGeneration: 2, conditions: conditionsIn('complete') };
  const isNew = { observedGeneration: -1 };
  const read = await readAll([osObject(isNew, 1), osObject(old, 3)]);
  for (const one of read) t.like(one, { kstatus: 'InProgress', argo: 'Progressing' });
});
