import { fileURLToPath } from 'node:url';
import test from 'ava';
import { loadAgentFiles } from './agent.ts';

test('a machine that was started over the network has neither slots nor data of another release', async (t) => {
  const { units } = await loadAgentFiles(fileURLToPath(import.meta.url));
  for (const name of ['kubeos-agent.service', 'kubeos-data.service']) {
    t.regex(units.get(name) ?? '', /^ConditionKernelCommandLine=!kubeos\.root$/m, name);
  }
});
