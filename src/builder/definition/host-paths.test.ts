import test from 'ava';
import { hostPathsIn, rebaseHostPaths } from './host-paths.ts';
import { valueOf, type MapNode } from './located-node.ts';
import { parseLocatedYaml } from './parse-located-yaml.ts';

function map(text: string): MapNode {
  const { node } = parseLocatedYaml(text, 'kubeos.yaml');
  if (node?.kind !== 'map') throw new Error('not a map');
  return node;
}

const rebases = test.macro({
  exec(t, text: string, expected: object) {
    t.deepEqual(valueOf(rebaseHostPaths(map(text), 'images/common', 'images/web')), expected);
  },
  title: (_, text) => `from images/common to images/web: ${String(text)}`,
});

test(rebases, 'files: [{source: motd}, {content: motd}]', {
  files: [{ source: '../common/motd' }, { content: 'motd' }],
});
test(rebases, 'repository: {root: /keys/root.json}', { repository: { root: '/keys/root.json' } });
test(rebases, 'base: {type: tar, path: ../web/root.tar}', {
  base: { type: 'tar', path: 'root.tar' },
});
test(rebases, 'base: {type: oci, image: ../web/images.d/base}', {
  base: { type: 'oci', image: './images.d/base' },
});
test(rebases, 'base: {type: oci, image: base.tar}', {
  base: { type: 'oci', image: '../common/base.tar' },
});
const REMOTE = `registry.example.com/base@sha256:${'0'.repeat(64)}`;
test(rebases, `base: {type: oci, image: "${REMOTE}"}`, { base: { type: 'oci', image: REMOTE } });

test('only files of this machine are looked for', (t) => {
  const text = `base: {image: "${REMOTE}", sources: [{keyring: a.gpg}]}\nscripts: [{source: b.sh}, {run: x}]`;
  t.deepEqual(
    hostPathsIn(map(text)).map((named) => named.value),
    ['a.gpg', 'b.sh'],
  );
});
