import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Plain JavaScript of a module and of all that it imports, as it runs where nothing strips types. @returns its path */
export async function stripSources(entry: string, output: string): Promise<string> {
  const seen = new Set<string>();
  const queue = [path.resolve(ROOT, entry)];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const plain = stripTypeScriptTypes(await readFile(file, 'utf8'));
    for (const [, imported = ''] of plain.matchAll(/(?:from|import) '(\.[^']*\.ts)'/g)) {
      queue.push(path.resolve(path.dirname(file), imported));
    }
    const place = plainPath(file, output);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, plain.replaceAll(/((?:from|import) '\.[^']*)\.ts'/g, "$1.js'"));
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(output, 'node_modules'));
  await writeFile(path.join(output, 'package.json'), '{"type":"module"}');
  return plainPath(path.resolve(ROOT, entry), output);
}

function plainPath(file: string, output: string): string {
  return path.join(output, path.relative(ROOT, file).replace(/\.ts$/, '.js'));
}
