import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { execa } from 'execa';
import { makeTestRelease } from '../../src/release/repository/testing/test-release.ts';

const KUBEOS = fileURLToPath(new URL('../../bin/kubeos.ts', import.meta.url));

/** Runs the command line in a folder, with a passphrase in the environment as CI would have it. */
async function kubeos(cwd: string, ...args: readonly string[]) {
  const env = { KUBEOS_PASSPHRASE: 'correct horse battery staple' };
  return await execa(process.execPath, [KUBEOS, ...args], { cwd, env, reject: false });
}

test('from an empty folder to a release that is fetched by delta pack', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-publish-');
  const run = async (...args: readonly string[]): Promise<string> => {
    const { stdout, stderr, exitCode } = await kubeos(dir.path, ...args);
    t.is(exitCode, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const one = await makeTestRelease(dir.path, '1.0.1');
  const two = await makeTestRelease(dir.path, '1.0.2');
  await run('repository', 'init', 'repo');
  await run('publish', one.folder, '--to', 'repo', '--channel', 'stable');
  const again = await run('publish', one.folder, '--to', 'repo', '--channel', 'stable');
  t.regex(again, /was published already/);
  await run('publish', two.folder, '--to', 'repo', '--channel', 'beta', '--bases', '1');
  t.regex(await run('repository', 'list', 'repo'), /1\.0\.2.*beta\n.*1\.0\.1.*stable/);
  t.regex(await run('repository', 'show', 'repo', 'beta'), new RegExp(two.digest));
  t.regex(await run('repository', 'verify', 'repo'), /2 of 2 releases are whole/);
  await run('repository', 'check', 'repo');
  const fetched = ['fetch', 'repo', 'beta', '--root', 'keys/root.json', '--output', 'two.img'];
  await run(...fetched);
  const expected = await readFile(path.join(two.folder, 'root.img'));
  t.true((await readFile(path.join(dir.path, 'two.img'))).equals(expected));
  await run('repository', 'halt', 'repo', '1.0.2', '--reason', 'test');
  t.not((await kubeos(dir.path, ...fetched)).exitCode, 0);
  await run('repository', 'export', 'repo', 'usb', '--for', '1.0.1');
  t.is((await kubeos(dir.path, 'repository', 'verify', 'usb')).exitCode, 6, 'not all came along');
  t.is(await run('repository', 'verify', 'usb', '--for', '1.0.1'), '1 of 1 releases are whole');
  t.regex(await run('repository', 'list', 'usb'), /1\.0\.1.*stable\nnot here .*beta HALTED/);
  await run('fetch', 'usb', '1.0.1', '--root', 'keys/root.json', '--output', 'one.img');
});

test('a root whose keys lie on several machines is signed there, one after the other', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-ceremony-');
  const at = (name: string): string => path.join(dir.path, name);
  for (const name of ['root-1', 'root-2', 'root-3']) {
    t.is((await kubeos(dir.path, 'repository', 'key', `safe/${name}`)).exitCode, 0);
  }
  const rootKeys = ['1', '2', '3'].flatMap((digit) => ['--root-keys', `safe/root-${digit}.pub`]);
  const first = await kubeos(dir.path, 'repository', 'init', 'repo', ...rootKeys);
  t.deepEqual(
    (await readdir(at('keys'))).filter((name) => /root-.*key$/.test(name)),
    [],
  );
  t.is(first.exitCode, 2);
  t.regex(first.stderr, /2 more root keys have to sign .*root\.draft\.json/);
  const signBy = async (name: string): Promise<void> => {
    const draft = ['repository', 'sign', 'keys/root.draft.json', '--key', `safe/${name}.key`];
    t.is((await kubeos(dir.path, ...draft)).exitCode, 0);
  };
  await signBy('root-1');
  await signBy('root-3');
  const others = await kubeos(dir.path, 'repository', 'init', 'repo', ...rootKeys.slice(2));
  t.regex(others.stderr, /has other root keys than those given/);
  t.is((await kubeos(dir.path, 'repository', 'init', 'repo', ...rootKeys)).exitCode, 0);
  t.is((await kubeos(dir.path, 'repository', 'verify', 'repo')).exitCode, 0);

  const renew = ['repository', 'rotate', 'repo', 'root'];
  const unsigned = await kubeos(dir.path, ...renew);
  t.is(unsigned.exitCode, 2);
  t.regex(unsigned.stderr, /2 more root keys have to sign .*root\.draft\.json/);
  await signBy('root-2');
  await signBy('root-3');
  const renewed = await kubeos(dir.path, ...renew);
  t.is(renewed.exitCode, 0, renewed.stderr);
  t.regex(renewed.stdout, /root 2, good until/);
  t.is((await kubeos(dir.path, 'repository', 'verify', 'repo')).exitCode, 0);
  t.false((await readdir(at('keys'))).includes('root.draft.json'));
});
