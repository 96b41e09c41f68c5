import {
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { prepareOwnAgent } from './prepare-own-agent.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const prepare = async (cacheDirectory: string, mayMake = async () => true): Promise<string> =>
  await prepareOwnAgent({ cacheDirectory, commands, mayMake });

test('the agent is made once, starts, takes the place of those that nobody uses, and is the same bytes wherever it is made', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-own-agent-'));
  const [one, other] = ['one', 'other'].map((name) => path.join(directory.path, name));
  const file = await prepare(one ?? '');
  const { stdout } = await commands.run({ tool: file, args: ['--help'] });
  t.regex(stdout, /kubeos-agent/);
  t.deepEqual(await readdir(path.dirname(file)), [path.basename(file)]);

  const { ino } = await stat(file);
  t.is(await prepare(one ?? '', async () => t.fail()), file);
  t.is((await stat(file)).ino, ino);

  const old = path.join(other ?? '', 'agents/kubeos-agent-0123456789abcdef');
  await mkdir(path.dirname(old), { recursive: true });
  await writeFile(old, '');
  await utimes(old, 0, 0);
  const again = await prepare(other ?? '');
  t.is(path.basename(again), path.basename(file));
  t.deepEqual(await readdir(path.dirname(again)), [path.basename(again)]);
  t.true((await readFile(again)).equals(await readFile(file)));
});

test('where it may not be made, its name is known all the same, and nothing is written', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-own-agent-'));
  const file = await prepare(directory.path, async () => false);
  t.regex(file, /agents\/kubeos-agent-[0-9a-f]{16}$/);
  t.deepEqual(await readdir(directory.path), []);
});
