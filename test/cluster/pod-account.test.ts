import { copyFile, mkdtempDisposable, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { KubeApi } from '../../src/kube/kube-api.ts';
import { podAccount } from '../../src/kube/pod-account.ts';
import { ownNodeUid } from '../../src/rollout/proxy/own-identity.ts';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';

test('a pod is known by the token that is mounted into it, also by the one that comes after it', async (t) => {
  await using cluster = await startControlPlane();
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-account-');
  const { hostname, port } = new URL(cluster.url);
  const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  t.is(await podAccount(environment, dir.path), null, 'without a token');
  const token = path.join(dir.path, 'token');
  await writeFile(token, 'no longer good\n');
  await copyFile(cluster.authority, path.join(dir.path, 'ca.crt'));
  t.is(await podAccount({}, dir.path), null, 'outside of a cluster');
  t.is(await podAccount({ ...environment, KUBECONFIG: 'x' }, dir.path), null);
  const account = await podAccount(environment, dir.path);
  if (account === null) throw new Error('there is an account');
  const api = new KubeApi(account);
  const { signal } = new AbortController();
  await t.throwsAsync(ownNodeUid(api, 'n1', signal), { code: 'CLUSTER', message: /Unauthorized/ });

  const node = JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  await cluster.kubectl(['create', '-f', '-'], { input: node });
  const get = ['get', 'node', 'n1', '-o', 'jsonpath={.metadata.uid}'];
  const bound = ['--bound-object-kind=Node', '--bound-object-name=n1'];
  await cluster.kubectl(['create', 'serviceaccount', 'proxy']);
  const created = await cluster.kubectl(['create', 'token', 'proxy', ...bound]);
  await writeFile(token, created.stdout);
  t.is(await ownNodeUid(api, 'n1', signal), (await cluster.kubectl(get)).stdout);
  await t.throwsAsync(ownNodeUid(api, 'n2', signal), { code: 'USAGE', message: /of node n1/ });
});
