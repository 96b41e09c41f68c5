import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureLarge } from './operator/measure-large.ts';
import { measureRollout } from './operator/measure-rollout.ts';
import { makeProgram } from './operator/operator-process.ts';

/*
 * The operator over thousands of nodes, and a whole rollout over played ones: node bench/operator.ts [--nodes N]
 * [--idle-seconds N] [--rollout-nodes N] [--speed N] [--node-flag=--cpu-prof]. Prints JSON; docs/benchmarks-operator.md says what
 * it means. Needs bwrap and the control plane's programs.
 */
const { values: options } = parseArgs({
  options: {
    nodes: { type: 'string', default: '5000' },
    'idle-seconds': { type: 'string', default: '60' },
    'rollout-nodes': { type: 'string', default: '1000' },
    speed: { type: 'string', default: '10' },
    'node-flag': { type: 'string', multiple: true, default: [] },
  },
});

await using program = await makeProgram();
const nodeFlags = options['node-flag'];
const report = (text: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
};
const large =
  options.nodes === '0'
    ? null
    : await measureLarge(program, {
        ...{ nodes: Number(options.nodes), upgraded: 30, nodeFlags, report },
        idleSeconds: Number(options['idle-seconds']),
      });
const rollout =
  options['rollout-nodes'] === '0'
    ? null
    : await measureRollout(program, {
        ...{ nodes: Number(options['rollout-nodes']), speed: Number(options.speed) },
        ...{ nodeFlags, report },
      });
const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? '', load: loadavg() };
process.stdout.write(`${JSON.stringify({ machine, large, rollout }, null, 2)}\n`);
