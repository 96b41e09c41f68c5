import test from 'ava';
import fc from 'fast-check';
import { decideSlot } from './grub-environment-decision.ts';
import {
  grubVariablesOf,
  slotEnvironmentOf,
  type SlotEnvironment,
} from './grub-environment-slots.ts';
import { parseGrubEnvironment, serialiseGrubEnvironment } from './grub-environment.ts';

const slotStates = fc.record({ ok: fc.boolean(), tries: fc.constantFrom(0, 1, 2, 3) });
const environments: fc.Arbitrary<SlotEnvironment> = fc.record({
  order: fc.constantFrom('A B', 'B A'),
  A: slotStates,
  B: slotStates,
});

test('an environment survives the block', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(environments, (environment) => {
        const parsed = parseGrubEnvironment(serialiseGrubEnvironment(grubVariablesOf(environment)));
        if (parsed.kind === 'damaged') return false;
        return JSON.stringify(slotEnvironmentOf(parsed.variables)) === JSON.stringify(environment);
      }),
    ),
  );
});

test('a block that says nothing of either slot leaves both committed', (t) => {
  const committed = { ok: true, tries: 0 };
  const both = { order: 'A B', A: committed, B: committed };
  t.deepEqual(slotEnvironmentOf(new Map()), both);
  t.deepEqual(slotEnvironmentOf(new Map([['order', 'B A']])), { ...both, order: 'B A' });
});

test('a block that says something of one slot leaves the other unbootable', (t) => {
  t.deepEqual(slotEnvironmentOf(new Map([['B_tries', '2']])), {
    order: 'A B',
    A: { ok: false, tries: 0 },
    B: { ok: false, tries: 2 },
  });
});

test('both slots are tried before the machine starts over, whatever the block says', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(environments, (environment) => {
        const slots = decideSlot(environment).map(({ slot }) => slot);
        return slots.includes('A') && slots.includes('B');
      }),
    ),
  );
});

test('a trial that never boots well ends in the committed slot after its tries', (t) => {
  const boots: string[] = [];
  let environment: SlotEnvironment = {
    order: 'B A',
    A: { ok: true, tries: 0 },
    B: { ok: false, tries: 3 },
  };
  for (let boot = 0; boot < 5; boot += 1) {
    const [attempt] = decideSlot(environment);
    if (attempt === undefined) throw new Error('no attempt');
    boots.push(`${attempt.slot} ${attempt.kind}`);
    if (attempt.kind === 'trial') {
      environment = { ...environment, [attempt.slot]: { ok: false, tries: attempt.triesLeft } };
    }
  }
  t.deepEqual(boots, ['B trial', 'B trial', 'B trial', 'A committed', 'A committed']);
});
