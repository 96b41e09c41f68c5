import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Plain JavaScript of some folders of the project, as it runs where nothing strips types. */
export async function stripSources(folders: readonly string[], output: string): Promise<void> {
  for (const folder of folders) {
    for (const name of await readdir(path.join(ROOT, folder))) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      const typed = await readFile(path.join(ROOT, folder, name), 'utf8');
      const plain = stripTypeScriptTypes(typed).replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'");
      await mkdir(path.join(output, folder), { recursive: true });
      await writeFile(path.join(output, folder, name.replace(/\.ts$/, '.js')), plain);
    }
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(output, 'node_modules'));
  await writeFile(path.join(output, 'package.json'), '{"type":"module"}');
}
