import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { KubeosError } from '../errors.ts';
import { startServer, type Server } from './server-process.ts';

const { signal } = new AbortController();
const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-server-'));
const shell = (folder: string, script: string): Server => ({
  ...{ name: 'shell', program: '/bin/sh', args: ['-c', script], folder },
});

test('a server that ends by itself is told with its last words, where all of them are, and to who asks', async (t) => {
  await using dir = await temporary();
  const { promise: died, resolve: onDeath } = Promise.withResolvers<KubeosError>();
  const server = shell(dir.path, 'echo no such flag >&2; exit 3');
  await using running = await startServer(server, { signal, onDeath });
  const death = await died;
  t.is(death.message, 'shell has ended (3):\nno such flag');
  t.is(death.hint, `all that it said is in ${dir.path}/shell.log`);
  t.is(t.throws(running.assertAlive), death);
});

test('a server that is disposed of has ended, which is no death; until then Ctrl-C on a terminal does not reach it', async (t) => {
  await using dir = await temporary();
  await using logs = await temporary();
  const server = shell(dir.path, 'echo $$; while :; do sleep 0.05; echo on; done');
  const log = path.join(logs.path, 'shell.log');
  let said = '';
  {
    const onDeath = (): void => t.fail();
    await using running = await startServer(server, { signal, logs: logs.path, onDeath });
    while (!said.includes('on')) said = await readFile(log, 'utf8');
    const [pid = ''] = said.split('\n');
    // The session, in proc_pid_stat(5).
    t.is((await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[5], pid);
    t.notThrows(running.assertAlive);
  }
  t.throws(() => process.kill(Number(said.split('\n')[0]), 0), { code: 'ESRCH' });
});
