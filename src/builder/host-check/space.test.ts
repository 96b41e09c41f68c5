import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { definitionSchema } from '../definition/schema.ts';
import { observeSpace } from './observe-space.ts';
import { spaceNeeds } from './space-needs.ts';

const MIB = 2 ** 20;

const needsOf = (fields: object) => {
  const definition = definitionSchema.parse({
    ...{ name: 'node', version: '1', base: { type: 'apt', suite: 'trixie' } },
    partitions: { root: '900MiB' },
    ...fields,
  });
  const plan = { definition, outputDirectory: '/out', cacheDirectory: '/cache' };
  return new Map(
    spaceNeeds(plan, '/tmp').map(({ directory, neededBytes }) => [directory, neededBytes / MIB]),
  );
};

test('each further form of the image takes room for one more', (t) => {
  const raw = needsOf({ outputs: ['raw'] }).get('/out') ?? 0;
  t.is(raw, 3 * 600 + 512);
  t.is(needsOf({ outputs: ['raw', 'qcow2'] }).get('/out'), raw + 600);
  t.is(needsOf({ outputs: ['qcow2', 'vmdk', 'vhd', 'oci', 'pxe'] }).get('/out'), raw + 5 * 600);
});

test('what is fetched and installed is kept, and what is taken as it is is not', (t) => {
  t.is(needsOf({}).get('/cache'), 900);
  t.is(needsOf({ base: { type: 'tar', path: 'root.tar' } }).get('/cache'), 0);
  t.true((needsOf({}).get('/tmp') ?? 0) > 0);
});

test('folders of one file system share its room', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-space-'));
  const need = (name: string, neededBytes: number) => ({
    ...{ directory: path.join(directory.path, name), neededBytes, choice: `--${name}` },
  });
  const [enough, ...others] = await observeSpace([need('out', 1), need('cache', 1)]);
  t.deepEqual(others, []);
  t.is(enough?.remedy, null);
  t.regex(enough?.subject ?? '', /out, .*cache/);
  const [short] = await observeSpace([need('out', 1), need('cache', 2 ** 60)]);
  t.regex(short?.remedy ?? '', /--out, --cache/);
});
