import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../host/run-commands.ts';
import { loadBuildPlan } from './load-build-plan.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const plan = async (agent: string, definition = 'fixtures/images/minimal/kubeos.yaml') =>
  await loadBuildPlan(
    {
      ...{ definition, out: 'out', set: [], locked: false },
      ...{ agent, cacheDirectory: 'cache' },
    },
    commands,
  );

test('another agent under the same name is another input', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-agent-'));
  const agent = path.join(directory.path, 'agent');
  await writeFile(agent, 'one');
  const before = await plan(agent);
  await writeFile(agent, 'two');
  const after = await plan(agent);
  t.is(after.agentFile, before.agentFile);
  t.notDeepEqual(after.inputs, before.inputs);
});

test('what a definition names is an input by digest, folders file by file', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-inputs-'));
  const at = (name: string): string => path.join(directory.path, name);
  const text = `{name: n, version: '1', base: {type: tar, path: root.tar},
    files: [{path: /opt, source: opt}], scripts: [{name: s, source: s.sh}]}`;
  await mkdir(at('opt/below'), { recursive: true });
  await writeFile(at('k.yaml'), text);
  for (const name of ['root.tar', 's.sh', 'opt/below/one']) await writeFile(at(name), '');
  const { inputs } = await plan(at('s.sh'), at('k.yaml'));
  const names = ['k.yaml', 'opt/below/one', 's.sh', 'kubeos-agent'];
  t.deepEqual(
    inputs.map(({ name }) => name),
    names,
  );
});

test('an agent that is not there is told before anything is built', async (t) => {
  await t.throwsAsync(plan('/nowhere/agent'), { code: 'USAGE', message: /--agent \/nowhere/ });
});
