import test from 'ava';
import { testFleet, testNode, TWO } from '../testing/test-fleet.ts';
import { planRollout } from './plan-rollout.ts';

const done = (name: string) =>
  testNode(name, { booted: { digest: TWO.digest, bootId: 'x', isOnTrial: false } });
const wave = (change: object) => ({
  ...{ size: { count: 1 }, soakMs: 0, needsApproval: false },
  ...change,
});

function passOver(waves: readonly ReturnType<typeof wave>[], finished: number) {
  const fleet = testFleet([done('n1'), done('n2'), testNode('n3')], { waves });
  const course = {
    ...fleet.course,
    waves: Array.from({ length: finished }, () => ({ finishedMs: 0 })),
  };
  const { steps, waiting } = planRollout({ ...fleet, course }, 1);
  return [
    ...steps.map((step) => step.do),
    ...waiting.flatMap(({ gates }) => gates.map(({ gate }) => gate)),
  ];
}

test('a wave that has nothing to do passes over no approval and no soak of the one before', (t) => {
  for (const asked of [{ needsApproval: true }, { soakMs: 1000 }]) {
    t.deepEqual(passOver([wave(asked), wave({})], 1), ['wave', 'waveSize']);
  }
  t.deepEqual(passOver([wave({}), wave({})], 1), ['end-wave', 'waveSize']);
});
