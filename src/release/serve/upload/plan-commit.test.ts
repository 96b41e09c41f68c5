import test from 'ava';
import { planCommit } from './plan-commit.ts';

const signed = {
  metadata: ['metadata/timestamp.json', 'metadata/2.snapshot.json', 'metadata/2.targets.json'],
  targets: [
    { path: 'targets/a', sizeBytes: 1 },
    { path: 'targets/b', sizeBytes: 2 },
  ],
};
const staged = (...paths: string[]) => paths.map((path) => ({ path, sizeBytes: 1 }));

test('files are moved before what names them, the timestamp last, and nothing that is not signed', (t) => {
  const plan = planCommit({
    staged: staged('metadata/timestamp.json', 'metadata/2.snapshot.json', 'targets/a', 'targets/x'),
    signed,
    published: new Map([['targets/b', 2]]),
    conflicts: [],
  });
  t.deepEqual(plan, {
    kind: 'publish',
    moves: ['targets/a', 'metadata/2.snapshot.json', 'metadata/timestamp.json'],
    ignored: ['targets/x'],
  });
});

test('a file that is nowhere, or has another size, makes it incomplete', (t) => {
  const facts = { staged: staged('metadata/timestamp.json', 'targets/a'), signed, conflicts: [] };
  t.deepEqual(planCommit({ ...facts, published: new Map([['targets/b', 1]]) }), {
    kind: 'incomplete',
    missing: ['targets/b'],
  });
});

test('only metadata that is signed for can be in conflict', (t) => {
  const facts = {
    staged: staged('metadata/timestamp.json', 'targets/a'),
    signed,
    published: new Map([['targets/b', 2]]),
  };
  const conflicts = ['metadata/2.targets.json'];
  t.deepEqual(planCommit({ ...facts, conflicts }), { kind: 'conflict', files: conflicts });
  t.is(planCommit({ ...facts, conflicts: ['metadata/9.targets.json'] }).kind, 'publish');
});
