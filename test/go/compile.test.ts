import { access, glob, mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { compile } from '../../src/demo/go/compile.ts';

/** With all that it imports it takes Go some seconds where nothing is cached. */
const SOURCE = 'package main\n\nimport _ "net/http"\n\nfunc main() {}\n';

test('a build that is stopped ends with its compilers', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-compile-'));
  const [folder, temporaryDirectory] = [path.join(dir.path, 'source'), path.join(dir.path, 'go')];
  for (const one of [folder, temporaryDirectory]) await mkdir(one);
  await writeFile(path.join(folder, 'go.mod'), 'module stopped\n\ngo 1.21\n');
  await writeFile(path.join(folder, 'main.go'), SOURCE);
  // Of this thread alone: an empty cache, so that compilers run.
  process.env['GOCACHE'] = path.join(dir.path, 'cache');
  const controller = new AbortController();
  const output = path.join(dir.path, 'program');
  const asked = { folder, target: '.', output, temporaryDirectory, linkerFlags: [] };
  const building = compile({ ...asked, signal: controller.signal });
  while (!(await processesBelow(temporaryDirectory)).some((line) => line.includes('compile')))
    await sleep(20);
  controller.abort('SIGINT');
  t.is(await building.catch((reason: unknown) => reason), 'SIGINT');
  // Killed; the kernel may take a moment.
  while ((await processesBelow(temporaryDirectory)).length > 0) await sleep(20);
  await t.throwsAsync(access(output), { code: 'ENOENT' });
});

/** Command lines of those that were told of this folder. */
async function processesBelow(folder: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const file of glob('/proc/[0-9]*/environ')) {
    const environment = await readFile(file, 'utf8').catch(() => '');
    if (!environment.includes(`GOTMPDIR=${folder}\0`)) continue;
    lines.push(await readFile(file.replace('environ', 'cmdline'), 'utf8').catch(() => ''));
  }
  return lines;
}
