import test from 'ava';
import { hostCommands } from './run-commands.ts';

const commands = hostCommands({ signal: new AbortController().signal });

test('what can be made again is kept where the user keeps such things', async (t) => {
  const program = "process.stdout.write((await import('./src/host/cache-folder.ts')).CACHE_FOLDER)";
  const at = async (environment: Readonly<Record<string, string>>): Promise<string> => {
    const args = ['--input-type=module', '--eval', program];
    return (await commands.run({ tool: process.execPath, args, environment })).stdout;
  };
  const home = { HOME: '/home/ann', XDG_CACHE_HOME: '' };
  t.is(await at(home), '/home/ann/.cache/kubeos');
  t.is(await at({ ...home, XDG_CACHE_HOME: '/var/cache/ann' }), '/var/cache/ann/kubeos');
  t.is(await at({ ...home, XDG_CACHE_HOME: 'relative' }), '/home/ann/.cache/kubeos');
});
