import { execFile } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('configure-full.ts', import.meta.url));

for (const kind of ['bytes', 'inodes'] as const) {
  test(`on a file system that runs out of ${kind}, all is set or all is as before`, async (t) => {
    await using dir = await mkdtempDisposable('/var/tmp/kubeos-configure-full-');
    // A file system of its own, in a namespace: 256 KiB, 64 files.
    const mounted = `mount -t tmpfs -o size=256k,nr_inodes=64 tmpfs "$1" && exec "$2" "$3" "$1" ${kind}`;
    const args = ['--user', '--map-root-user', '--mount', 'sh', '-c', mounted, 'sh', dir.path];
    const { stdout } = await run('unshare', [...args, process.execPath, PROGRAM]);
    const lines = stdout.trim().split('\n');
    t.is(lines[0], '0 NO_SPACE unchanged');
    t.is(lines.at(-1), '16 done changed');
    for (const line of lines) t.regex(line, / (?:NO_SPACE unchanged|done changed)$/);
  });
}
