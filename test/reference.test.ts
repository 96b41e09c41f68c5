import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { REFERENCE_PAGES } from '../tools/reference/pages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const [file, page] of REFERENCE_PAGES) {
  test(`${file} says what the code says; node tools/write-reference.ts writes it anew`, async (t) => {
    t.is(await readFile(path.join(root, file), 'utf8'), page());
  });
}

test('every page of an error code is about one that there is', async (t) => {
  const pages = await Array.fromAsync(glob('docs/reference/errors/*', { cwd: root }));
  t.deepEqual(
    pages.filter((file) => !REFERENCE_PAGES.has(file)),
    [],
  );
});
