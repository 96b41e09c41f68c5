import { mkdir, mkdtempDisposable, readdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { execa } from 'execa';

const PROGRAM = fileURLToPath(new URL('without-go.ts', import.meta.url));

test('on a machine without Go a build ends, says what to do, and leaves nothing behind', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-without-go-'));
  const tools = path.join(dir.path, 'bin');
  await mkdir(tools);
  for (const tool of ['flock', 'cat', 'setpriv', 'nice']) {
    await symlink(`/usr/bin/${tool}`, path.join(tools, tool));
  }
  const env = { HOME: dir.path, PATH: tools };
  const { stdout } = await execa(process.execPath, [PROGRAM], {
    ...{ env, extendEnv: false, timeout: 60_000 },
  });
  t.regex(
    stdout,
    /HOST_NOT_READY: there is no Go 1\.21 or newer: apt-get install python3-pip; pip3 install /,
  );
  t.deepEqual(await readdir(path.join(dir.path, '.cache/kubeos/test-programs')), []);
});
