import { kernelSettings } from '../../src/agent/configure/kernel-settings.ts';
import { outcomeOf } from '../../src/agent/configure/run-configuration.ts';
import { configureOrderSchema } from '../../src/agent/configure/settings.ts';
import {
  fillTestNode,
  partsOf,
  textsBelow,
  WIDE_POLICY,
} from '../../src/agent/configure/testing/test-host.ts';

// Sets the network of its own namespace, by the kernel that runs: `node test/agent/configure-kernel.ts FOLDER`. Says on stdout
// what came of each order.
const [directory = ''] = process.argv.slice(2);
await fillTestNode(directory, WIDE_POLICY);
const kernel = kernelSettings('/proc/sys');
const parts = partsOf(directory);
const node = { ...parts, host: { ...parts.host, kernel } };
const before = JSON.stringify(await textsBelow(directory));

async function set(name: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const contents = Object.entries(values).map(([key, value]) => ({ key, value }));
  const models = [
    { model: 'kernel.sysctl', contents },
    { model: 'kubernetes.kubelet', contents: [{ key: 'maxPods', value: 1 }] },
  ];
  const outcome = await outcomeOf(configureOrderSchema.parse({ models }), node);
  const isSame = JSON.stringify(await textsBelow(directory)) === before;
  const said =
    outcome.kind === 'refused' ? outcome.refusals.map(({ message }) => message) : outcome;
  const now = await Promise.all(Object.keys(values).map(async (key) => await kernel.read(key)));
  process.stdout.write(`${JSON.stringify({ name, said, isSame, now })}\n`);
}

const TTL = 'net.ipv4.ip_default_ttl';
const RANGE = 'net.ipv4.ip_local_port_range';
await set('refused', { [RANGE]: '20000 30000', [TTL]: 300 });
await set('no number', { [RANGE]: '20000 30000', [TTL]: 'x' });
await set('missing', { [RANGE]: '20000 30000', 'net.ipv4.no_such_thing': 1 });
await set('done', { [RANGE]: '20000 30000', [TTL]: 65 });
