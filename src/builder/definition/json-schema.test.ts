import { readFile, writeFile } from 'node:fs/promises';
import test from 'ava';
import { load } from 'js-yaml';
import { format } from 'prettier';
import { z } from 'zod';
import { definitionJsonSchema } from './json-schema.ts';

const SCHEMA = 'templates/image-definition.schema.json';

test('the JSON Schema for editors is the one that the definition’s schema makes', async (t) => {
  const text = await format(JSON.stringify(definitionJsonSchema()), {
    ...{ parser: 'json', printWidth: 100 },
  });
  if (process.env['UPDATE_FIXTURES'] === '1') await writeFile(SCHEMA, text);
  t.is(text, await readFile(SCHEMA, 'utf8'), 'UPDATE_FIXTURES=1 rewrites the file');
});

interface Property {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly items?: Property;
  readonly additionalProperties?: Property | false;
  readonly oneOf?: readonly Property[];
  readonly anyOf?: readonly Property[];
}

function withoutDescription(schema: Property, at: string): string[] {
  const own = Object.entries(schema.properties ?? {});
  const inner = [
    schema.items,
    schema.additionalProperties,
    ...(schema.oneOf ?? []),
    ...(schema.anyOf ?? []),
  ];
  return [
    ...own.filter(([, property]) => !property.description).map(([name]) => `${at}.${name}`),
    ...own.flatMap(([name, property]) => withoutDescription(property, `${at}.${name}`)),
    ...inner.flatMap((item) => (item ? withoutDescription(item, `${at}[]`) : [])),
  ];
}

test('every key is described for whoever writes a definition in an editor', (t) => {
  t.deepEqual(withoutDescription(definitionJsonSchema(), ''), []);
});

test('the JSON Schema takes the good definitions, and refuses an unknown key', async (t) => {
  // zod reads no conditions; without them a file need not hold what it can inherit.
  const { if: _, then: __, ...unconditional } = definitionJsonSchema();
  const schema = z.fromJSONSchema(unconditional);
  for (const name of ['small', 'layered', 'everything']) {
    const text = await readFile(`fixtures/definitions/good/${name}.yaml`, 'utf8');
    t.true(schema.safeParse(load(text)).success, name);
    t.false(schema.safeParse(load(`${text}\nbananas: true`)).success, name);
  }
});
