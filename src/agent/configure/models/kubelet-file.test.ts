import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { dump, load } from 'js-yaml';
import type { Setting, SettingValue } from '../settings.ts';
import { changedLines } from '../testing/changed-lines.ts';
import { editKubeletFile } from './kubelet-file.ts';
import { valueAt } from './value-path.ts';

const setting = (key: string, value?: SettingValue, isDeleted = false): Setting => ({
  ...{ model: 'kubernetes.kubelet', key, value, isDeleted },
});

const FILE = `# top
kind: KubeletConfiguration
evictionHard: # first
  memory.available: "100Mi" # second
  # third
  nodefs.available: 10%

clusterDNS:
- 10.96.0.10
flow: {a: 1, b: [x, y]} # fourth
empty: {}
nothing:
text: |
  one
   two
# end
`;

/** Lines that go and lines that come. */
const CASES: readonly (readonly [Setting, readonly string[], readonly string[]])[] = [
  [setting('maxPods', 110), [], ['maxPods: 110']],
  [
    setting('evictionHard."memory.available"', '200Mi'),
    ['  memory.available: "100Mi" # second'],
    ['  memory.available: "200Mi" # second'],
  ],
  [setting('evictionHard."imagefs.available"', '5%'), [], ['  imagefs.available: "5%"']],
  [setting('evictionHard."nodefs.available"', undefined, true), ['  nodefs.available: 10%'], []],
  [
    setting('flow.a', undefined, true),
    ['flow: {a: 1, b: [x, y]} # fourth'],
    ['flow: {b: [x, y]} # fourth'],
  ],
  [
    setting('flow.b', undefined, true),
    ['flow: {a: 1, b: [x, y]} # fourth'],
    ['flow: {a: 1} # fourth'],
  ],
  [
    setting('flow.c.d', [1, 2]),
    ['flow: {a: 1, b: [x, y]} # fourth'],
    ['flow: {c: {d: [1,2]}, a: 1, b: [x, y]} # fourth'],
  ],
  [setting('empty.on', true), ['empty: {}'], ['empty: {"on": true}']],
  [setting('nothing.x', null), ['nothing:'], ['nothing: {x: null}']],
  [setting('nothing', 1), ['nothing:'], ['nothing: 1']],
  [setting('text', 'short'), ['text: |', '  one', '   two'], ['text: "short"']],
  [
    setting('clusterDNS', ['1.1.1.1', '2.2.2.2']),
    ['clusterDNS:', '- 10.96.0.10'],
    ['clusterDNS: ["1.1.1.1","2.2.2.2"]'],
  ],
  [setting('text', undefined, true), ['text: |', '  one', '   two'], []],
  [setting('nope.x', undefined, true), [], []],
  [setting('a.b.c', 1), [], ['a:', '  b:', '    c: 1']],
];

for (const [wanted, gone, come] of CASES) {
  const verb = wanted.isDeleted ? 'without' : 'with';
  test(`YAML ${verb} ${wanted.key} ${JSON.stringify(wanted.value)}: all other lines stay`, (t) => {
    t.deepEqual(changedLines(editKubeletFile, FILE, wanted), { gone, come, isSettled: true });
  });
}

test('a map keeps its place when its last name goes; what anchors share is not changed', (t) => {
  const only = editKubeletFile('a:\n  b: 1 # one\nc: 2\n', setting('a.b', undefined, true));
  t.like(only, { kind: 'edited', text: 'a: {} # one\nc: 2\n' });
  const shared = 'a: &x\n  b: 1\nc: *x\n';
  t.like(editKubeletFile(shared, setting('a.b', 2)), { kind: 'refused', reason: { rule: 'file' } });
});

const name = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,5}$/);
const scalar = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
);
const { tree } = fc.letrec<{ tree: Record<string, unknown> }>((tie) => ({
  tree: fc.dictionary(
    name,
    fc.oneof({ depthSize: 'small' }, scalar, fc.array(scalar, { maxLength: 3 }), tie('tree')),
    { maxKeys: 4, noNullPrototype: true },
  ),
}));

test('whatever the file and the path: it says what is wanted, keeps its comments, and the second time nothing changes', (t) => {
  const path = fc.array(name, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(tree, path, fc.option(scalar, { nil: undefined }), (document, names, value) => {
      const commented = (text: string): string =>
        text.replaceAll(/^(?=[a-z])/gm, () => '# a comment\n');
      const text = commented(dump({ apiVersion: 'v1', ...document }));
      const wanted = setting(names.join('.'), value, value === undefined);
      const edited = editKubeletFile(text, wanted);
      if (edited.kind === 'refused') return edited.reason.message.endsWith('is a value there');
      const again = editKubeletFile(edited.text, wanted);
      const count = (one: string): number => one.split('# a comment').length;
      const isSaid = isDeepStrictEqual(valueAt(load(edited.text), names), value);
      return (
        isSaid &&
        count(edited.text) >= count(text) - 1 &&
        again.kind === 'edited' &&
        again.text === edited.text
      );
    }),
    { numRuns: 1000 },
  );
  t.pass();
});
