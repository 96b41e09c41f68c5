import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { loadAll } from 'js-yaml';
import { installOptionsSchema } from './install-options.ts';
import { loadCrds } from './load-crds.ts';
import { planManifests } from './plan-manifests.ts';
import { renderManifests } from './render-manifests.ts';

const GOLDEN = fileURLToPath(new URL('../../../fixtures/install/manifests.yaml', import.meta.url));
const IMAGE = `registry.example.com/kubeos@sha256:${'ab'.repeat(32)}`;

const planned = (given: object = {}) =>
  planManifests(installOptionsSchema.parse({ image: IMAGE, ...given }), []);

// UPDATE_FIXTURES=1 writes what is rendered now; a person then reads the difference.
test('what is installed is what was reviewed, to the byte', async (t) => {
  const text = renderManifests(planned());
  if (process.env['UPDATE_FIXTURES'] === '1') await writeFile(GOLDEN, text);
  t.is(text, await readFile(GOLDEN, 'utf8'), 'UPDATE_FIXTURES=1 rewrites the file; then read it');
});

test('the YAML says what the data says, CRDs included', async (t) => {
  const manifests = planManifests(installOptionsSchema.parse({ image: IMAGE }), await loadCrds());
  t.deepEqual(loadAll(renderManifests(manifests)), [...manifests]);
});

test('what is asked of Prometheus is in the cluster only where somebody wants it', (t) => {
  const kinds = (given: object) => planned(given).map(({ kind }) => kind);
  t.false(kinds({}).includes('ServiceMonitor'));
  t.deepEqual(kinds({ serviceMonitor: true }).slice(-2), ['Service', 'ServiceMonitor']);
});

test('one operator has no budget: nobody could ever evict it', (t) => {
  const kindsOf = (given: object) => planned(given).map(({ kind }) => kind);
  t.true(kindsOf({ replicas: 2 }).includes('PodDisruptionBudget'));
  t.false(kindsOf({ replicas: 1 }).includes('PodDisruptionBudget'));
});

test('operators stay on control-plane nodes unless somebody says otherwise', (t) => {
  const affinity = 'node-role.kubernetes.io/control-plane","operator":"Exists"}]}]';
  t.true(JSON.stringify(planned()).includes(affinity));
  t.false(JSON.stringify(planned({ operatorNodes: 'any' })).includes(affinity));
});

for (const image of ['registry.example.com/kubeos:1.0', 'kubeos', '', "x'@sha256:", undefined]) {
  test(`an image that may be another one tomorrow is refused: ${image}`, (t) => {
    const { error } = installOptionsSchema.safeParse({ image });
    t.regex(error?.issues[0]?.message ?? '', /name@sha256:…/);
  });
}
