import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { z } from 'zod';
import { hostCommands } from '../../src/host/run-commands.ts';
import { locateGo } from '../../src/demo/go/locate-go.ts';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { IMAGE } from './installed.ts';

const KUBEOS = fileURLToPath(new URL('../../bin/kubeos.ts', import.meta.url));
/** Its module has the CRDs in it. */
const PROMETHEUS = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const commands = hostCommands({ signal: new AbortController().signal });
const moduleSchema = z.object({ Dir: z.string() });

test('the ServiceMonitor is one to the CRD of Prometheus’s operator, and goes with the rest', async (t) => {
  await using cluster = await startControlPlane();
  const download = ['mod', 'download', '-json', PROMETHEUS];
  const { stdout } = await commands.run({ tool: await locateGo(), args: download });
  const crds = path.join(
    moduleSchema.parse(JSON.parse(stdout)).Dir,
    'example/prometheus-operator-crd',
  );
  const crd = path.join(crds, 'monitoring.coreos.com_servicemonitors.yaml');
  await cluster.kubectl(['apply', '--server-side', '-f', crd]);
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=10m', '-f', crd]);
  const kubeos = async (...args: string[]): Promise<void> => {
    const all = [KUBEOS, ...args, '--kubeconfig', cluster.kubeconfig];
    await commands.run({ tool: process.execPath, args: all });
  };
  await kubeos('install', '--image', IMAGE, '--service-monitor', '--apply');
  const get = ['get', 'services,servicemonitors', '-n', 'kubeos-system', '-o', 'name'];
  t.is(
    (await cluster.kubectl(get)).stdout,
    'service/kubeos-operator\nservicemonitor.monitoring.coreos.com/kubeos-operator\n',
  );
  await kubeos('uninstall');
  t.is((await cluster.kubectl(get)).stdout, '');
});
