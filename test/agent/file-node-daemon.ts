import type { AgentPlaces } from '../../src/agent/node-places.ts';
import { runAgent } from '../../src/agent/run-agent.ts';

// The agent's daemon on a node that is made of files (file-node.ts), in a process that a test may kill.
const places = JSON.parse(process.env['KUBEOS_NODE'] ?? '{}') as AgentPlaces;
const controller = new AbortController();
process.once('SIGTERM', () => controller.abort());
await runAgent({
  places,
  version: '0.1.0',
  clock: () => new Date(),
  run: async (program) => void process.stdout.write(`runs ${program}\n`),
  log: (line) => void process.stdout.write(`${line}\n`),
  signal: controller.signal,
});
