import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { locateProgram } from '../../src/demo/control-plane/programs.ts';

test('what lies in KUBEBUILDER_ASSETS comes first, and what does not is built', async (t) => {
  await using assets = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-assets-'));
  const etcd = path.join(assets.path, 'etcd');
  await writeFile(etcd, '');
  // Of this thread alone.
  process.env['KUBEBUILDER_ASSETS'] = assets.path;
  t.is(await locateProgram('etcd'), etcd);
  t.regex(await locateProgram('kube-scheduler'), /test-programs\/control-plane-kubernetes-/);
});
