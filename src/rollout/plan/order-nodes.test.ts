import test from 'ava';
import { ONE, testFleet, testNode, TWO } from '../testing/test-fleet.ts';
import type { TargetRelease } from './fleet.ts';
import { orderNodes } from './order-nodes.ts';
import { stageFleet } from './staged-fleet.ts';

const NODES = Array.from({ length: 2000 }, (_, index) =>
  testNode(`n${index}`, { isControlPlane: index % 100 === 0 }),
);

function ordered(target: TargetRelease) {
  const policy = { withControlPlane: true, target };
  const staged = stageFleet({ ...testFleet(NODES, policy), operatorNode: 'n7' }, 0);
  return orderNodes(staged, staged.nodes);
}

const namesOf = (target: TargetRelease): readonly string[] =>
  ordered(target).map(({ name }) => name);

test('workers come first, then control planes, and the node of the operator last; none is lost', (t) => {
  const nodes = ordered(TWO);
  const names = NODES.map(({ name }) => name).toSorted();
  t.deepEqual(nodes.map(({ name }) => name).toSorted(), names);
  t.is(nodes.at(-1)?.name, 'n7');
  const controlPlanes = nodes.slice(-21, -1);
  t.true(controlPlanes.every(({ isControlPlane }) => isControlPlane));
});

test('the order is that of the release, and the same in every pass', (t) => {
  t.deepEqual(namesOf(TWO), namesOf(TWO));
  const [one, two] = [namesOf(ONE), namesOf(TWO)];
  const first = new Set(one.slice(0, 100));
  const again = two.slice(0, 100).filter((name) => first.has(name));
  t.true(again.length < 20, `${again.length} of the first hundred are so again`);
});

test('machines whose names follow each other do not, so that a wave is no rack', (t) => {
  const numbers = namesOf(TWO).map((name) => Number(name.slice(1)));
  const neighbours = numbers.filter(
    (number, index) => Math.abs(number - (numbers[index - 1] ?? -10)) < 10,
  );
  t.true(neighbours.length < 60, `${neighbours.length} of 2000 follow a near one`);
});
