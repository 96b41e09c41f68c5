import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { startHostFleet } from '../test/nodes/host-fleet.ts';
import { startQemuFleet } from '../test/nodes/qemu-fleet.ts';
import { measureRestart, type RestartTimes } from './rollout/measure-restart.ts';
import { measureRollout } from './rollout/measure-rollout.ts';

/*
 * What a rollout costs a real node, beside a drain and a restart of the same machine by hand: node bench/rollout.ts [--host].
 * Two machines in QEMU, or with --host two nodes on this host's kernel. Prints JSON; docs/benchmarks-rollout.md says what it
 * means.
 */
const { values } = parseArgs({ options: { host: { type: 'boolean', default: false } } });

await using fleet = await (values.host ? startHostFleet() : startQemuFleet());
const release = await fleet.release('2.0.0', { set: ['sysctl.vm.swappiness=8'] });
const bare: RestartTimes[] = [];
for (const node of fleet.names) bare.push(await measureRestart(fleet, node));
const rollout = await measureRollout(fleet, release);
const nodes = fleet.names.map((node, index) => {
  const [restart, own] = [bare[index], rollout.nodes[index]];
  if (restart === undefined || own === undefined) throw new Error(`${node} was not measured`);
  const beyondSeconds = own.awaySeconds - restart.awaySeconds;
  return {
    node,
    restart,
    rollout: own,
    beyondSeconds,
    ratio: own.awaySeconds / restart.awaySeconds,
  };
});
const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? '', load: loadavg() };
const { seconds, partsSeconds } = rollout;
const whole = { seconds, partsSeconds, ratio: seconds / partsSeconds };
process.stdout.write(`${JSON.stringify({ machine, nodes, whole }, null, 2)}\n`);
