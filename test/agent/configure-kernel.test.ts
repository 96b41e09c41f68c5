import { execFile } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('configure-kernel.ts', import.meta.url));

test('a value that this kernel refuses reverts the whole, and one that it takes is read back', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-configure-kernel-');
  const own = ['--user', '--map-root-user', '--net'];
  const { stdout } = await run('unshare', [...own, process.execPath, PROGRAM, dir.path]);
  const [refused, noNumber, missing, done] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  const unchanged = { isSame: true, now: ['32768\t60999\n', '64\n'] };
  t.like(refused, { ...unchanged, said: [`the kernel does not take 300 for ${TTL} (EINVAL)`] });
  t.like(noNumber, { ...unchanged, said: [`the kernel does not take x for ${TTL} (EINVAL)`] });
  t.like(missing, { isSame: true, said: ['this kernel does not have it'] });
  t.like(done, { isSame: false, now: ['20000\t30000\n', '65\n'], said: { kind: 'done' } });
});

const TTL = 'net.ipv4.ip_default_ttl';
