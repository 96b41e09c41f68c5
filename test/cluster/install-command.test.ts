import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { hostCommands } from '../../src/host/run-commands.ts';
import {
  startControlPlane,
  type ControlPlane,
} from '../../src/demo/control-plane/control-plane.ts';
import { IMAGE } from './installed.ts';
import { kubeconfigFor } from './kubeconfig-for.ts';

const KUBEOS = fileURLToPath(new URL('../../bin/kubeos.ts', import.meta.url));
const OTHER_IMAGE = IMAGE.replace('abab', 'cdcd');
const commands = hostCommands({ signal: new AbortController().signal });

async function kubeos(args: readonly string[], { kubeconfig }: ControlPlane, exitCode = 0) {
  return await commands.run({
    ...{ tool: process.execPath, args: [KUBEOS, ...args, '--kubeconfig', kubeconfig] },
    successCodes: [exitCode],
  });
}

const install = (image = IMAGE): readonly string[] => ['install', '--apply', '--image', image];

test('what is printed can be applied by kubectl, again without a change, and by ourselves after that', async (t) => {
  await using cluster = await startControlPlane();
  const { stdout } = await kubeos(['install', '--image', IMAGE], cluster);
  const file = path.join(cluster.folder, 'kubeos.yaml');
  await writeFile(file, stdout);
  await cluster.kubectl(['apply', '--server-side', '-f', file]);
  // Exit code 1 where there is a difference.
  const { stdout: difference } = await cluster.kubectl(['diff', '--server-side', '-f', file]);
  t.is(difference, '');
  const { stderr } = await cluster.kubectl(['apply', '--server-side', '-f', file]);
  // What the server finds questionable it says here.
  t.is(stderr, '');
  t.regex((await kubeos(install(), cluster)).stdout, /^0 of \d+ objects changed\n$/);
});

test('a dry run changes nothing, the first run makes all, the next only what is other', async (t) => {
  await using cluster = await startControlPlane();
  const tried = await kubeos([...install(), '--dry-run=server'], cluster);
  t.regex(tried.stdout, /^(\d+) of \1 objects would change\n$/);
  t.regex(tried.stderr, /› Deployment kubeos-system\/kubeos-operator created \(dry run\)/);
  const { stdout: found } = await cluster.kubectl(['get', 'namespaces,crds', '-o', 'name']);
  t.notRegex(found, /kubeos|openeuler/);
  t.regex((await kubeos(install(), cluster)).stdout, /^(\d+) of \1 objects changed\n$/);
  t.regex((await kubeos(install(), cluster)).stdout, /^0 of \d+ objects changed\n$/);
  const { stdout } = await kubeos([...install(OTHER_IMAGE), '--json'], cluster);
  const { objects } = JSON.parse(stdout) as { objects: { kind: string; change: string }[] };
  const changed = objects.filter(({ change }) => change !== 'unchanged');
  t.deepEqual(
    changed.map(({ kind }) => kind),
    ['ValidatingAdmissionPolicy', 'Deployment', 'DaemonSet'],
  );
});

/** Rights for everything, but to take something away. */
async function whoRemovesNothing(cluster: ControlPlane): Promise<string> {
  const { kubectl } = cluster;
  const verbs = 'get,list,watch,create,update,patch,escalate,bind';
  await kubectl(['create', 'serviceaccount', 'careful']);
  await kubectl(['create', 'clusterrole', 'careful', `--verb=${verbs}`, '--resource=*.*']);
  const bound = ['--clusterrole=careful', '--serviceaccount=default:careful'];
  await kubectl(['create', 'clusterrolebinding', 'careful', ...bound]);
  return await kubeconfigFor(
    cluster,
    (await kubectl(['create', 'token', 'careful'])).stdout.trim(),
  );
}

test('what only other options need is taken away, by the rights first', async (t) => {
  await using cluster = await startControlPlane();
  await kubeos([...install(), '--drain-by', 'proxy'], cluster);
  const kubeconfig = await whoRemovesNothing(cluster);
  const { stderr } = await kubeos(install(), { ...cluster, kubeconfig }, 7);
  t.regex(stderr, /forbidden: .* cannot delete resource "clusterrolebindings"/);
  const { stdout } = await kubeos([...install(), '--json'], cluster);
  const { objects } = JSON.parse(stdout) as { objects: { name: string; change: string }[] };
  const removed = objects.filter(({ change }) => change === 'removed').map(({ name }) => name);
  t.deepEqual(removed.slice(0, 2), ['kubeos-proxy', 'kubeos-proxy']);
  t.true(removed.length > 2);
  const bound = ['get', 'clusterroles,clusterrolebindings', '-o', 'name'];
  t.notRegex((await cluster.kubectl(bound)).stdout, /kubeos-proxy$/m);
  t.regex((await kubeos(install(), cluster)).stdout, /^0 of \d+ objects changed\n$/);
});

test('what somebody else has changed is theirs: who, and what to do, is said', async (t) => {
  await using cluster = await startControlPlane();
  await kubeos(install(), cluster);
  const theirs = {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', spec: { replicas: 5 } },
    metadata: { name: 'kubeos-operator', namespace: 'kubeos-system' },
  };
  const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager=flux', '-f', '-'];
  await cluster.kubectl(apply, { input: JSON.stringify(theirs) });
  const { stderr } = await kubeos(install(), cluster, 7);
  t.regex(stderr, /conflict with "flux".*\.spec\.replicas/);
  t.regex(stderr, /→ Deployment kubeos-operator is managed by somebody else too/);
});

test('uninstall gives nodes back as they were, keeps a cordon of somebody else, and CRDs until it is told', async (t) => {
  await using cluster = await startControlPlane();
  const { kubectl } = cluster;
  await kubeos(install(), cluster);
  for (const name of ['ours', 'theirs']) {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
    await kubectl(['create', '-f', '-'], { input: JSON.stringify(node) });
  }
  await kubectl(['cordon', 'theirs']);
  const marked = {
    ...{ apiVersion: 'v1', kind: 'Node', spec: { unschedulable: true } },
    metadata: {
      name: 'ours',
      labels: { 'upgrade.openeuler.org/upgrading': '' },
      annotations: { 'upgrade.openeuler.org/cordoned-by': 'x' },
    },
  };
  const asOperator = ['apply', '--server-side', '--field-manager=kubeos-operator', '-f', '-'];
  await kubectl(asOperator, { input: JSON.stringify(marked) });
  const tried = await kubeos(['uninstall', '--crds', '--dry-run'], cluster);
  t.is(tried.stdout, 'nothing was changed\n');
  t.regex(tried.stderr, /› node ours is as it was before \(dry run\)/);
  t.regex((await kubeos(install(), cluster)).stdout, /^0 of \d+ objects changed\n$/);
  const { stdout: said } = await kubeos(['uninstall'], cluster);
  t.is(said, 'uninstalled; CRDs and their objects are kept (--crds takes them too)\n');
  const columns = 'NAME:.metadata.name,CORDON:.spec.unschedulable';
  const { stdout: nodes } = await kubectl(['get', 'nodes', '-o', `custom-columns=${columns}`]);
  t.regex(nodes, /^ours +<none>\ntheirs +true$/m);
  const { stdout: labels } = await kubectl(['get', 'node', 'ours', '-o', 'json']);
  t.notRegex(labels, /openeuler/);
  const left = ['get', 'clusterroles,validatingadmissionpolicies,crds', '-o', 'name'];
  const { stdout: kept } = await kubectl(left);
  t.regex(kept, /os\.upgrade\.openeuler\.org/);
  t.notRegex(kept, /kubeos-(operator|proxy)/);
  await kubeos(['uninstall', '--crds'], cluster);
  t.notRegex((await kubectl(left)).stdout, /openeuler/);
});

test('what the cluster lacks is said before anything is applied, by a dry run too', async (t) => {
  await using cluster = await startControlPlane();
  for (const more of [['--dry-run=server'], []]) {
    const { stderr } = await kubeos([...install(), '--service-monitor', ...more], cluster, 7);
    t.regex(
      stderr,
      /^kubeos: the cluster knows no ServiceMonitor of monitoring\.coreos\.com\/v1$/m,
    );
    t.regex(stderr, /→ .* leave --service-monitor out/);
  }
  t.is((await cluster.kubectl(['get', 'crds', '-o', 'name'])).stdout, '');
});

test('what was uninstalled just before is waited for, by the command that is named', async (t) => {
  await using cluster = await startControlPlane();
  await kubeos(install(), cluster);
  // Both go on to go: one that was gone already would be made anew by the install that is refused.
  const namespaces = ['kubeos-system', 'kubeos-proxy'];
  for (const namespace of namespaces) {
    const metadata = { name: 'x', namespace, finalizers: ['example.com/slow'] };
    const slow = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(slow) });
  }
  await kubeos(['uninstall'], cluster);
  const { stderr } = await kubeos(install(), cluster, 7);
  t.regex(stderr, /→ kubectl wait --for=delete namespace\/kubeos-system --timeout=5m, then ask/);
  const release = ['--type=merge', '-p', '{"metadata":{"finalizers":null}}'];
  for (const namespace of namespaces) {
    await cluster.kubectl(['patch', 'configmap', 'x', '-n', namespace, ...release]);
  }
  for (const namespace of namespaces) {
    await cluster.kubectl(['wait', '--for=delete', `namespace/${namespace}`, '--timeout=5m']);
  }
  t.regex((await kubeos(install(), cluster)).stdout, /objects changed/);
});

/** As KubeOS brings it and its guide applies it; what it says of fields does not matter here. */
const KUBEOS_CRD = {
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  metadata: { name: 'os.upgrade.openeuler.org' },
  spec: {
    ...{ group: 'upgrade.openeuler.org', scope: 'Namespaced' },
    names: { kind: 'OS', listKind: 'OSList', plural: 'os', singular: 'os' },
    versions: [
      {
        ...{ name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } },
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
};

test('a cluster of KubeOS is taken over when that is said, and keeps its objects', async (t) => {
  await using cluster = await startControlPlane();
  const { kubectl } = cluster;
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(KUBEOS_CRD) });
  await kubectl(['wait', '--for=condition=Established', '--timeout=10m', 'crd', '--all']);
  const spec = { opstype: 'upgrade', osversion: 'KubeOS v2', imagetype: 'disk', maxunavailable: 2 };
  const object = {
    ...{
      apiVersion: 'upgrade.openeuler.org/v1alpha1',
      kind: 'OS',
      metadata: { name: 'os-sample' },
    },
    spec: { ...spec, imageurl: 'http://images.example.com/os.tar', flagSafe: true },
  };
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
  const { stderr } = await kubeos(install(), cluster, 7);
  t.regex(stderr, /conflict with "kubectl-client-side-apply"/);
  t.regex(stderr, /--force-conflicts/);
  await kubeos([...install(), '--force-conflicts'], cluster);
  const { stdout } = await kubectl(['get', 'os', 'os-sample', '-o', 'json']);
  t.like(JSON.parse(stdout), { ...object, status: { observedGeneration: -1 } });
  await kubectl(['annotate', 'os', 'os-sample', 'a=b']);
});
