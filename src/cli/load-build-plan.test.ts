import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { loadBuildPlan } from './load-build-plan.ts';

const plan = async (agent: string) =>
  await loadBuildPlan({
    ...{ definition: 'fixtures/images/minimal/kubeos.yaml', out: 'out', set: [], locked: false },
    ...{ agent, cacheDirectory: 'cache' },
  });

test('another agent under the same name is another input', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-agent-'));
  const agent = path.join(directory.path, 'agent');
  await writeFile(agent, 'one');
  const before = await plan(agent);
  await writeFile(agent, 'two');
  const after = await plan(agent);
  t.is(after.agentFile, before.agentFile);
  t.not(after.kubeosDigest, before.kubeosDigest);
});

test('an agent that is not there is told before anything is built', async (t) => {
  await t.throwsAsync(plan('/nowhere/agent'), { code: 'USAGE', message: /--agent \/nowhere/ });
});
