import test from 'ava';
import { excused } from './excused.ts';
import { nodeCheck, releaseCheck, type CheckResult } from './health-check.ts';

const KUBELET = releaseCheck('kubelet', false, 'connection refused');
const GOOD = releaseCheck('systemd', true, 'running');

test('what fails on a node that is not in order is not held against the release', (t) => {
  for (const cause of ['persist', 'disk', 'clock', 'route']) {
    const bad: CheckResult = { ...nodeCheck(cause, false, 'bad'), isRequired: cause === 'persist' };
    const message = `perhaps by ${cause}: connection refused`;
    t.deepEqual(excused([bad, GOOD, KUBELET]), [
      bad,
      GOOD,
      { ...KUBELET, blames: 'node', message },
    ]);
  }
});

test('a release is excused by nothing that it may have done itself', (t) => {
  const route = releaseCheck('route', false, 'no network interface was found');
  const fine = nodeCheck('persist', true, 'PERSIST is writable');
  const script = nodeCheck('a-script', false, 'its own idea of a node');
  const results = [route, fine, script, KUBELET];
  t.deepEqual(excused(results), results);
});
