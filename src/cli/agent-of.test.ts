import path from 'node:path';
import test from 'ava';
import { definitionSchema } from '../builder/definition/schema.ts';
import { hostCommands } from '../host/run-commands.ts';
import { agentOf, type ChosenAgent } from './agent-of.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const HERE = process.arch === 'arm64' ? 'arm64' : 'amd64';
const ELSEWHERE = HERE === 'amd64' ? 'arm64' : 'amd64';
const REPOSITORY = { repository: { url: 'https://images.example.com', root: 'root.json' } };

async function choose(asked: string | undefined, fields: object): Promise<ChosenAgent> {
  const base = { type: 'tar', path: 'root.tar' };
  const definition = definitionSchema.parse({ name: 'n', version: '1', base, ...fields });
  return await agentOf({ asked, definition, cacheDirectory: 'cache', isDryRun: true, commands });
}

test('an image that names a repository gets the own agent, another one none, where nothing is asked', async (t) => {
  t.deepEqual(await choose(undefined, { arch: HERE }), { file: null, inputs: [] });
  const own = await choose(undefined, { arch: HERE, ...REPOSITORY });
  t.is(path.dirname(own.file ?? ''), path.resolve('cache/agents'));
  t.deepEqual(await choose('own', { arch: HERE }), own);
  t.deepEqual(await choose('none', { arch: HERE, ...REPOSITORY }), { file: null, inputs: [] });
});

test('an agent for machines of another architecture has to be named', async (t) => {
  await t.throwsAsync(choose(undefined, { arch: ELSEWHERE, firmware: ['uefi'], ...REPOSITORY }), {
    code: 'USAGE',
    message: new RegExp(`for ${ELSEWHERE}.*holds the Node that runs here`),
  });
  t.is((await choose('none', { arch: ELSEWHERE, firmware: ['uefi'] })).file, null);
});
