import { parseArgs } from 'node:util';
import { measureLarge } from './operator/measure-large.ts';
import { measureRollout } from './operator/measure-rollout.ts';
import { makeProgram } from './operator/operator-process.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
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
process.stdout.write(`${JSON.stringify({ large, rollout }, null, 2)}\n`);
