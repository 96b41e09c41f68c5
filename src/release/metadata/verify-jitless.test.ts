import { execFile } from 'node:child_process';
import { mkdir, mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { SET_TIME, signedSet } from './testing/signed-set.ts';

const SOURCES = path.join(import.meta.dirname, '../..');

/** The file and all that it imports, without types: under --jitless Node has no WebAssembly to strip them with. */
async function writeWithoutTypes(file: string, target: string, done: Set<string>): Promise<void> {
  if (done.has(file)) return;
  done.add(file);
  const code = stripTypeScriptTypes(await readFile(path.join(SOURCES, file), 'utf8'));
  for (const [, imported = ''] of code.matchAll(/from '(\.[^']+)\.ts'/g)) {
    await writeWithoutTypes(path.join(path.dirname(file), `${imported}.ts`), target, done);
  }
  const place = path.join(target, file.replace(/\.ts$/, '.mjs'));
  await mkdir(path.dirname(place), { recursive: true });
  await writeFile(place, code.replaceAll(/(from '\.[^']+)\.ts'/g, "$1.mjs'"));
}

test('verification needs no compiler at run time: it works under node --jitless', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-jitless-'));
  const done = new Set<string>();
  await writeWithoutTypes('release/metadata/verify-repository.ts', dir.path, done);
  await symlink(path.join(SOURCES, '../node_modules'), path.join(dir.path, 'node_modules'));
  const files = Object.fromEntries(
    [...(await signedSet())].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
  );
  await writeFile(path.join(dir.path, 'files.json'), JSON.stringify(files));
  const program = path.join(dir.path, 'program.mjs');
  await writeFile(
    program,
    `import { readFileSync } from 'node:fs';
    import { verifyRepository } from './release/metadata/verify-repository.mjs';
    const files = JSON.parse(readFileSync(new URL('files.json', import.meta.url)));
    const read = async (file) => (file in files ? Buffer.from(files[file]) : null);
    const root = Buffer.from(files['1.root.json']);
    const now = new Date('${SET_TIME.toISOString()}');
    const { releases } = await verifyRepository({ root, read, now, known: null });
    console.log(releases.length, typeof WebAssembly);`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, ['--jitless', program]);
  t.is(stdout.trim(), '1 undefined');
});
