import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { setting } from './setting.ts';

const run = promisify(execFile);

test('a file system that is full in the middle is told as NO_SPACE', async (t) => {
  await using given = await setting(6);
  const script = fileURLToPath(new URL('fetch-child.ts', import.meta.url));
  const shell = ['mount -t tmpfs -o size=3m tmpfs "$1"', 'shift', 'exec "$@"'].join(' && ');
  const mount = `${given.repository}/targets/../full`;
  await run('mkdir', [mount]);
  const child = [process.execPath, script, given.repository, given.digest, `${mount}/out`];
  const args = ['--user', '--map-root-user', '--mount', 'sh', '-c', shell, 'sh', mount, ...child];
  const error = await t.throwsAsync<Error & { code: number; stdout: string }>(run('unshare', args));
  t.is(error.code, 4);
  t.is(error.stdout.trim().split('\n').at(-1), 'NO_SPACE');
});
