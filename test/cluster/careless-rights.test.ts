import test from 'ava';
import { until } from '../../src/demo/control-plane/until.ts';
import { startInstalled } from './installed.ts';

const GROUP = '/apis/upgrade.openeuler.org/v1alpha1';
const INSTANCES = `${GROUP}/namespaces/default/osinstances`;
const OS = { apiVersion: 'upgrade.openeuler.org/v1alpha1', kind: 'OS', metadata: { name: 'n1' } };

test('also with every right on our group, a proxy’s account writes its own status alone', async (t) => {
  await using installed = await startInstalled();
  const { as, cluster } = installed;
  const rule = ['--verb=*', '--resource=*.upgrade.openeuler.org'];
  await cluster.kubectl(['create', 'clusterrole', 'careless', ...rule]);
  const bound = ['create', 'clusterrolebinding', 'careless', '--clusterrole=careless'];
  await cluster.kubectl([...bound, '--serviceaccount=kubeos-proxy:kubeos-proxy']);
  const proxy = await as('kubeos-proxy', 'Node/n1');
  const list = `${GROUP}/os`;
  // The server knows of a binding a moment after it was made.
  await until('it has the rights', async () => (await proxy('GET', list)).status === 200);
  const spec = await proxy('PATCH', `${INSTANCES}/n1`, { spec: { nodestatus: 'upgrade' } });
  t.is(spec.status, 422);
  t.regex(JSON.stringify(spec.body), /writes the status of an OSInstance, and nothing else/);
  t.is((await proxy('DELETE', `${INSTANCES}/n1`)).status, 422);
  const os = { ...OS, spec: { osversion: 'x' } };
  t.is((await proxy('POST', `${GROUP}/namespaces/default/os`, os)).status, 422);
});
