import { hash } from 'node:crypto';
import test from 'ava';
import { testFleet, testNode } from '../testing/test-fleet.ts';
import { orderNodes } from './order-nodes.ts';
import { stageFleet } from './staged-fleet.ts';

test('thousands of nodes come in an order of the release, workers first and the operator last', (t) => {
  const names = Array.from({ length: 2000 }, (_, index) => `n${index}`);
  const nodes = names.map((name, index) => testNode(name, { isControlPlane: index % 100 === 0 }));
  const fleet = { ...testFleet(nodes, { withControlPlane: true }), operatorNode: 'n7' };
  const staged = stageFleet(fleet, 0);
  const digestOf = ({ uid }: { uid: string }): string =>
    hash('sha256', `${uid} ${fleet.policy.target.digest}`);
  const rankOf = ({ name, isControlPlane }: { name: string; isControlPlane: boolean }): number =>
    name === 'n7' ? 2 : Number(isControlPlane);
  const expected = staged.nodes.toSorted(
    (one, other) => rankOf(one) - rankOf(other) || (digestOf(one) < digestOf(other) ? -1 : 1),
  );
  t.deepEqual(orderNodes(staged, staged.nodes), expected);
});
