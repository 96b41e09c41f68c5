import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import type { Setting, SettingValue } from '../settings.ts';
import { changedLines } from '../testing/changed-lines.ts';
import { editContainerdFile } from './containerd-file.ts';
import { isTable, valueAt } from './value-path.ts';

const setting = (key: string, value?: SettingValue, isDeleted = false): Setting => ({
  ...{ model: 'container.containerd', key, value, isDeleted },
});

const FILE = `version = 2 # first
root = "/var/lib/containerd"
oom_score = 9223372036854775807
list = [
  "a", # second ]
  'b'
]

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "registry.k8s.io/pause:3.8" # third
    max_concurrent_downloads = 3
    multi = """
y = 1 # "no"
"""
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true

[[array]]
z = 1
[metrics]
`;

const CRI = 'plugins."io.containerd.grpc.v1.cri"';

/** Lines that go and lines that come. */
const CASES: readonly (readonly [Setting, readonly string[], readonly string[]])[] = [
  [
    setting(`${CRI}.sandbox_image`, 'x:1'),
    ['    sandbox_image = "registry.k8s.io/pause:3.8" # third'],
    ['    sandbox_image = "x:1" # third'],
  ],
  [setting(`${CRI}.new`, 7), [], ['    new = 7']],
  [setting(`${CRI}.multi`, undefined, true), ['    multi = """', 'y = 1 # "no"', '"""'], []],
  [setting('list', ['q']), ['list = [', '  "a", # second ]', "  'b'", ']'], ['list = ["q"]']],
  [setting('oom_score', -999), ['oom_score = 9223372036854775807'], ['oom_score = -999']],
  [setting('metrics.address', '127.0.0.1:1'), [], ['address = "127.0.0.1:1"']],
  [setting('a.b.c', true), [], ['[a.b]', 'c = true']],
  [
    setting(`${CRI}.containerd.snapshotter`, 'overlayfs'),
    [],
    [`[${CRI}.containerd]`, 'snapshotter = "overlayfs"'],
  ],
  [setting('share', 1.5), [], ['share = 1.5']],
];

for (const [wanted, gone, come] of CASES) {
  test(`TOML with ${wanted.key} ${JSON.stringify(wanted.value)}: all other lines stay`, (t) => {
    t.deepEqual(changedLines(editContainerdFile, FILE, wanted), { gone, come, isSettled: true });
  });
}

test('what has no single path, or is a table, is not changed', (t) => {
  for (const wanted of [
    setting('array.z', 2),
    setting('list.x', 1),
    setting('plugins', undefined, true),
    setting('metrics', 1),
  ]) {
    t.like(editContainerdFile(FILE, wanted), { kind: 'refused', reason: { rule: 'file' } });
  }
});

const name = fc.stringMatching(/^[a-z][a-zA-Z0-9_-]{0,5}$/);
const scalar = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
);
const { tree } = fc.letrec<{ tree: Record<string, unknown> }>((tie) => ({
  tree: fc.dictionary(
    name,
    fc.oneof({ depthSize: 'small' }, scalar, fc.array(scalar, { maxLength: 3 }), tie('tree')),
    { maxKeys: 4, noNullPrototype: true },
  ),
}));

/** A value on the way, or a table at its end. */
function isInTheWay(document: unknown, names: readonly string[]): boolean {
  return names.some((_, index) => {
    const found = valueAt(document, names.slice(0, index + 1));
    return found !== undefined && isTable(found) === (index === names.length - 1);
  });
}

test('whatever the file and the path: it says what is wanted, keeps its comments, and the second time nothing changes', (t) => {
  const path = fc.array(name, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(tree, path, fc.option(scalar, { nil: undefined }), (document, names, value) => {
      const text = stringify(document).replaceAll(/^(?=[a-z[])/gm, '# a comment\n');
      const wanted = setting(names.join('.'), value, value === undefined);
      const edited = editContainerdFile(text, wanted);
      if (edited.kind === 'refused') return isInTheWay(document, names);
      const count = (one: string): number => one.split('# a comment').length;
      const isSaid = isDeepStrictEqual(valueAt(parse(edited.text), names), value);
      const again = editContainerdFile(edited.text, wanted);
      return (
        isSaid &&
        count(edited.text) === count(text) &&
        again.kind === 'edited' &&
        again.text === edited.text
      );
    }),
    { numRuns: 1000 },
  );
  t.pass();
});
