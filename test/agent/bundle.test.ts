import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { bundleAgent } from '../../tools/agent-bundle.ts';

/** What may be in a process that owns a node's disk: each of it is more that can go wrong there. */
const PACKAGES = new Set([
  ...['@opentelemetry/api', '@tufjs/canonical-json', '@tufjs/models', 'balanced-match'],
  ...['bintrees', 'brace-expansion', 'js-yaml', 'minimatch', 'prom-client', 'smol-toml'],
  ...['tdigest', 'zod'],
]);

const packageOf = (file: string): string | undefined =>
  /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1];

test('the agent is made of few packages, and of nothing that builds or rolls out', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-bundle-'));
  const file = path.join(dir.path, 'agent.cjs');
  const inputs = await bundleAgent(file);
  const packages = new Set(inputs.map(packageOf).filter((name) => name !== undefined));
  t.deepEqual(
    [...packages].filter((name) => !PACKAGES.has(name)),
    [],
  );
  const rooms = new Set(inputs.flatMap((name) => /^src\/([^/]+)\//.exec(name)?.[1] ?? []));
  t.deepEqual([...rooms].toSorted(), ['agent', 'configuration', 'disk', 'release']);
  const text = await readFile(file, 'utf8');
  // Node's own fetch is 10 MB in memory once it is used.
  t.notRegex(text, /(?<![.\w])(?:await|return) fetch\(|globalThis\.fetch/);
  t.log(`${packages.size} packages, ${(text.length / 1000).toFixed(0)} kB`);
});
