import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { loadDefinition } from './load-definition.ts';

const LAYERED = 'fixtures/definitions/good/layered.yaml';

test('a definition that extends another merges maps, appends lists and replaces values', async (t) => {
  const { definition } = await loadDefinition({ file: LAYERED, overrides: [] });
  t.is(definition.name, 'web-node');
  t.is(definition.version, '2.0.0');
  t.deepEqual(definition.packages, ['linux-image-amd64', 'openssh-server', 'nginx']);
  t.deepEqual(definition.units.enable, ['ssh.service', 'nginx.service']);
  t.is(definition.partitions.root, 3 * 2 ** 30);
  t.is(definition.partitions.persist, 256 * 2 ** 20);
});

test('paths of a base in another folder still lead to its files', async (t) => {
  const { definition } = await loadDefinition({ file: LAYERED, overrides: [] });
  t.deepEqual(
    definition.files.map((file) => file.source),
    ['shared/motd', 'site.conf'],
  );
});

test('a value is traced to the file, line and column that wrote it', async (t) => {
  const { sourceOf } = await loadDefinition({ file: LAYERED, overrides: ['epoch=3'] });
  const base = path.join(path.dirname(LAYERED), 'shared/common.yaml');
  t.deepEqual(sourceOf(['name']), { file: base, line: 1, column: 7 });
  t.deepEqual(sourceOf(['packages', 1]), { file: base, line: 8, column: 5 });
  t.deepEqual(sourceOf(['packages', 2]), { file: LAYERED, line: 5, column: 5 });
  t.deepEqual(sourceOf(['epoch']), { file: '--set epoch=3', line: 1, column: 1 });
  t.is(sourceOf(['arch']), undefined);
});

test('every file read is named with its digest, the base first', async (t) => {
  const { sources } = await loadDefinition({ file: LAYERED, overrides: [] });
  t.deepEqual(
    sources.map((source) => path.basename(source.file)),
    ['common.yaml', 'layered.yaml'],
  );
  const bytes = await readFile(LAYERED);
  t.is(sources[1]?.sha256, createHash('sha256').update(bytes).digest('hex'));
});
