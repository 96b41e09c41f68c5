import test from 'ava';
import { nodeAt, valuePlaceAt, type LocatedNode, type PropertyPath } from './located-node.ts';
import { parseLocatedYaml } from './parse-located-yaml.ts';

function parsed(text: string): LocatedNode {
  const { node, faults } = parseLocatedYaml(text, 'a.yaml');
  if (node === undefined || faults.length > 0) throw new Error(JSON.stringify(faults));
  return node;
}

interface Place {
  readonly at: PropertyPath;
  readonly place: string;
}

const stands = test.macro({
  exec(t, text: string, { at, place }: Place) {
    const found = valuePlaceAt(parsed(text), at);
    t.is(`${found.line}:${found.column}+${found.length}`, place);
  },
  title: (_, text, expected) => `${JSON.stringify(text)} ${JSON.stringify(expected)}`,
});

test(stands, 'a: one\n', { at: ['a'], place: '1:4+3' });
test(stands, 'a:\r\n  - one\r\n  - two\r\n', { at: ['a', 1], place: '3:5+3' });
test(stands, "a: 'it''s'\n", { at: ['a'], place: '1:4+7' });
test(stands, 'a: {b: [1, "two"]}\n', { at: ['a', 'b', 1], place: '1:12+5' });
test(stands, 'a: |\n  text\n', { at: ['a'], place: '2:3+4' });
test(stands, '"a b": x\n', { at: ['a b'], place: '1:8+1' });
test(stands, 'a:\nb: x\n', { at: ['a'], place: '1:1+1' });
test(stands, 'a: x\n', { at: ['nothing', 'below'], place: '1:1+1' });

test('scalars keep how they were written beside what they mean', (t) => {
  const node = parsed('[1.10, 0644, yes, ~, "1"]');
  const items = [0, 1, 2, 3, 4].map((index) => nodeAt(node, [index]));
  t.deepEqual(
    items.map((item) => item?.kind === 'scalar' && [item.value, item.text]),
    [
      [1.1, '1.10'],
      [644, '0644'],
      ['yes', 'yes'],
      [null, '~'],
      ['1', '1'],
    ],
  );
});

test('a key that libraries would drop unsaid is refused', (t) => {
  const { node, faults } = parseLocatedYaml(
    '__proto__: {polluted: true}\nconstructor: x\n',
    'a.yaml',
  );
  t.is(faults[0]?.message, 'the key "__proto__" is not taken');
  t.deepEqual(node?.kind === 'map' && [...node.entries.keys()], ['constructor']);
  t.is(Reflect.get({}, 'polluted'), undefined);
});

test('every fault of one text is told', (t) => {
  const { faults } = parseLocatedYaml('a: 1\na: 2\n2: x\nb: *a\nc: !!set {}\n', 'a.yaml');
  t.deepEqual(
    faults.map(({ place }) => `${place.line}:${place.column}`),
    ['2:1', '3:1', '4:4', '5:4'],
  );
});
