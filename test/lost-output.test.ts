import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { ROOT } from './boot/testbed.ts';

test('what cannot be written where output goes is told, and no success', async (t) => {
  await using full = await open('/dev/full', 'w');
  const child = spawn(process.execPath, ['bin/kubeos.ts', 'explain', 'NO_SPACE'], {
    ...{ cwd: ROOT, stdio: ['ignore', full.fd, 'pipe'] },
  });
  const ended = once(child, 'close');
  const said = child.stderr === null ? '' : await text(child.stderr);
  await ended;
  t.is(child.exitCode, 4, said);
  t.regex(said, /^kubeos: the disk is full: .*\n→ free some space/);
  t.notRegex(said, /bug|\n {4}at /);
});
