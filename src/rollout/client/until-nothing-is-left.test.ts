import test from 'ava';
import { testFleet, testNode, testOutcome, testRun } from '../testing/test-fleet.ts';
import { leftIn } from './until-nothing-is-left.ts';

const cordon = { isCordoned: true, isCordonOurs: true };

test('a run and a cordon of ours are waited for; what nobody brings to an end is not', (t) => {
  const nodes = [
    testNode('rests'),
    testNode('runs', { run: testRun() }),
    testNode('cordoned', { ...cordon, outcome: testOutcome('fell-back') }),
    testNode('of-others', { isCordoned: true }),
    testNode('quarantined', { ...cordon, isQuarantined: true }),
    testNode('dead', { ...cordon, isReady: false }),
  ];
  t.deepEqual(leftIn(testFleet(nodes), 61 * 60_000), ['runs', 'cordoned']);
});
