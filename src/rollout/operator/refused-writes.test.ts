import test from 'ava';
import { KubeStatusError } from '../../kube/status-error.ts';
import { RefusedWrites } from './refused-writes.ts';

const error = (status: number): KubeStatusError =>
  new KubeStatusError(
    { method: 'PATCH', path: '/n1' },
    { status, body: { message: 'no' }, retryAfter: null },
  );

test('what is refused again is told, and tried again ever more seldom', (t) => {
  const refused = new RefusedWrites();
  refused.failed('n1', error(409), 0);
  t.is(refused.at(1).size, 0, 'a newer object was met');
  refused.failed('n1', error(409), 1000);
  t.is(refused.at(30_999).get('n1'), 'PATCH /n1: no');
  t.is(refused.at(31_000).size, 0);
  refused.failed('n1', error(409), 31_000);
  t.is(refused.at(90_999).size, 1);
  refused.done('n1');
  t.is(refused.at(90_999).size, 0);
});

test('an outage says nothing of a node', (t) => {
  const refused = new RefusedWrites();
  for (const cause of [error(503), error(429), error(503), new Error('connection refused')]) {
    refused.failed('n1', cause, 0);
  }
  t.is(refused.at(1).size, 0);
});
