import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { contentOf, type BenchDefinition, type Subject } from './subject.ts';

/** What the npm package runs; `npm run build` makes it. */
export const KUBEOS = fileURLToPath(new URL('../dist/bin/kubeos.js', import.meta.url));

/** `kubeos build` of the definition, with an output folder and a cache of its own below `directory`. */
export function kubeosSubject(
  directory: string,
  source: Readonly<Record<string, unknown>>,
  definition: BenchDefinition,
): Subject {
  const file = path.join(directory, 'kubeos.yaml');
  const out = path.join(directory, 'out');
  const cache = path.join(directory, 'cache');
  mkdirSync(directory, { recursive: true });
  const options = ['--out', out, '--cache-directory', cache, '--quiet'];
  const build = { program: process.execPath, args: [KUBEOS, 'build', file, ...options] };
  return {
    name: 'kubeos',
    forget() {
      rmSync(out, { recursive: true, force: true });
      rmSync(path.join(cache, 'roots'), { recursive: true, force: true });
    },
    change(round) {
      const files = [{ path: definition.file.path, content: contentOf(definition, round) }];
      writeFileSync(file, dump({ ...source, files }));
    },
    coldBuild: build,
    nextBuild: build,
    disk: path.join(out, 'disk.raw'),
  };
}
