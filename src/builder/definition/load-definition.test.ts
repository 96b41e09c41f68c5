import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { DefinitionError } from './definition-error.ts';
import { loadDefinition } from './load-definition.ts';

const SMALL = `name: node
version: "1.0"
base:
  type: apt
  suite: trixie
packages: [linux-image-amd64]
`;

async function folderWith(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-definition-'));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(folder.path, name), text);
  }
  return folder;
}

test('a small definition loads with every default filled in', async (t) => {
  await using folder = await folderWith({ 'kubeos.yaml': SMALL });
  const loaded = await loadDefinition({
    file: path.join(folder.path, 'kubeos.yaml'),
    overrides: [],
  });
  t.is(loaded.definition.arch, 'amd64');
  t.is(loaded.definition.partitions.root, 2560 * 2 ** 20);
  t.is(loaded.directory, folder.path);
  t.is(loaded.sources.length, 1);
  t.like(loaded.sourceOf(['base', 'suite']), { line: 5, column: 10 });
  t.is(loaded.sourceOf(['arch']), undefined);
});

test('an override replaces a value, and text stays the text that was typed', async (t) => {
  await using folder = await folderWith({ 'kubeos.yaml': SMALL });
  const file = path.join(folder.path, 'kubeos.yaml');
  const overrides = ['version=1.10', 'sysctl.net.ipv4.ip_forward=1', 'partitions.root=1GiB'];
  const { definition } = await loadDefinition({ file, overrides });
  t.is(definition.version, '1.10');
  t.deepEqual(definition.sysctl, { 'net.ipv4.ip_forward': '1' });
  t.is(definition.partitions.root, 2 ** 30);
});

test('a faulty definition names the file, line and column, and what was probably meant', async (t) => {
  await using folder = await folderWith({
    'kubeos.yaml': `${SMALL}units:\n  enabel: [x.service]\n`,
  });
  const file = path.join(folder.path, 'kubeos.yaml');
  const error = await t.throwsAsync(loadDefinition({ file, overrides: [] }), {
    instanceOf: DefinitionError,
  });
  t.is(error?.exitCode, 3);
  t.deepEqual(error?.message.split('\n'), [
    'the image definition has a fault',
    `${file}:8:3 units.enabel: unknown key "enabel"; expected one of enable, disable, mask; did you mean "enable"?`,
    '    8 |   enabel: [x.service]',
    '      |   ^^^^^^',
  ]);
});
