import test from 'ava';
import { answeringApi } from '../../kube/testing/answering-api.ts';
import { testFleet, testNode, testOutcome, testRun } from '../testing/test-fleet.ts';
import { leftIn, untilNothingIsLeft } from './until-nothing-is-left.ts';

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

const PLACE = { namespace: 'default', name: 'fleet' };

test('an outage is told, and waited for', async (t) => {
  let asked = 0;
  await using server = await answeringApi((request) => {
    asked += 1;
    if (asked === 1) request.socket.destroy();
    return { body: { metadata: { resourceVersion: '1' }, items: [], gitVersion: 'v1.36.0' } };
  });
  const said: string[] = [];
  const told = { log: (line: string) => void said.push(line), signal: AbortSignal.timeout(60_000) };
  await untilNothingIsLeft(server.api, PLACE, told);
  t.is(said.length, 1);
  t.true(asked > 1);
});

test('who is told to end during an outage ends without an error', async (t) => {
  const stop = new AbortController();
  await using server = await answeringApi((request) => {
    request.socket.destroy();
    return {};
  });
  const log = (): void => stop.abort();
  await t.notThrowsAsync(untilNothingIsLeft(server.api, PLACE, { log, signal: stop.signal }));
});
