import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { load } from 'js-yaml';
import { z } from 'zod';
import { definitionSchema } from '../definition/schema.ts';
import { loadDefinition } from '../definition/load-definition.ts';
import { initialDefinition } from './initial-definition.ts';

async function textOf(name: string): Promise<string> {
  const files = await initialDefinition();
  return files.find((file) => file.name === name)?.text ?? '';
}

test('what init writes loads as it is', async (t) => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-init-'));
  for (const { name, text } of await initialDefinition()) {
    await writeFile(path.join(folder.path, name), text);
  }
  const file = path.join(folder.path, 'kubeos.yaml');
  const { definition } = await loadDefinition({ file, overrides: [] });
  t.is(definition.name, 'my-node');
});

test('the schema that its first line names is written beside it', async (t) => {
  const [line = ''] = (await textOf('kubeos.yaml')).split('\n');
  t.is(line, '# yaml-language-server: $schema=kubeos.schema.json');
  t.true((await textOf('kubeos.schema.json')).includes('kubeos image definition'));
});

test('it speaks of every key that there is', async (t) => {
  const text = await textOf('kubeos.yaml');
  for (const key of Object.keys(definitionSchema.shape)) {
    t.regex(text, new RegExp(`^(?:# )?${key}:`, 'm'), key);
  }
});

test('its examples are right: without the comment signs it is still a definition', async (t) => {
  const text = await textOf('kubeos.yaml');
  const uncommented = text.replaceAll(/^( *)# (?= {2}|- |[A-Za-z0-9_.]+:(?: |$))/gm, '$1');
  const { extends: base, ...definition } = z
    .looseObject({ extends: z.string() })
    .parse(load(uncommented));
  t.is(base, 'common.yaml');
  t.deepEqual(definitionSchema.safeParse(definition).error?.issues, undefined);
  t.deepEqual(Object.keys(definition).toSorted(), Object.keys(definitionSchema.shape).toSorted());
});
