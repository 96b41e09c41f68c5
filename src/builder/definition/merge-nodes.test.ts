import test from 'ava';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import {
  nodeAt,
  valueOf,
  valuePlaceAt,
  type LocatedNode,
  type PropertyPath,
} from './located-node.ts';
import { mergeNodes } from './merge-nodes.ts';
import { parseLocatedYaml } from './parse-located-yaml.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonMap = { readonly [key: string]: Json };

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Json>(
      null,
      true,
      false,
      0,
      1.5,
      '',
      'yes',
      '1.10',
      'a: b',
      '# no',
      'two\nlines',
      '__proto__',
    ),
    fc.string(),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(key(), tie('json'), { maxKeys: 4 }),
  ),
}));

function key(): fc.Arbitrary<string> {
  return fc
    .oneof(fc.constantFrom('name', 'units', '1', 'null', 'constructor', 'a.b', 'x y'), fc.string())
    .filter((name) => name !== '__proto__');
}

const map: fc.Arbitrary<JsonMap> = fc.dictionary(key(), json, { minKeys: 1, maxKeys: 5 });

function located(value: Json, file: string): LocatedNode {
  const parsed = parseLocatedYaml(dump(value), file);
  if (parsed.node === undefined || parsed.faults.length > 0) throw new Error(dump(value));
  return parsed.node;
}

function merged(base: Json, over: Json): Json {
  if (isList(base) && isList(over)) return [...base, ...over];
  if (!isMap(base) || !isMap(over)) return over;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(over)])];
  return Object.fromEntries(
    keys.map((name) => {
      const [below, above] = [own(base, name), own(over, name)];
      if (above === undefined) return [name, below ?? null];
      return [name, below === undefined ? above : merged(below, above)];
    }),
  );
}

function own(value: JsonMap, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isMap(value: Json): value is JsonMap {
  return typeof value === 'object' && value !== null && !isList(value);
}

function leaves(value: Json, path: PropertyPath = []): PropertyPath[] {
  if (isList(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  if (!isMap(value)) return [path];
  return Object.entries(value).flatMap(([name, item]) => leaves(item, [...path, name]));
}

test('what is written as YAML is read back, however its keys and values look', (t) => {
  fc.assert(
    fc.property(map, (value) => {
      t.deepEqual(valueOf(located(value, 'a.yaml')), structuredClone(value));
    }),
  );
});

test('merging loses no key, and is the same as merging the plain values', (t) => {
  fc.assert(
    fc.property(map, map, (base, over) => {
      const node = mergeNodes(located(base, 'base.yaml'), located(over, 'over.yaml'));
      t.deepEqual(valueOf(node), structuredClone(merged(base, over)));
    }),
  );
});

test('every value keeps the place of the file that wrote it', (t) => {
  fc.assert(
    fc.property(map, map, (base, over) => {
      const texts = new Map([
        ['base.yaml', dump(base).split('\n')],
        ['over.yaml', dump(over).split('\n')],
      ]);
      const node = mergeNodes(located(base, 'base.yaml'), located(over, 'over.yaml'));
      for (const path of leaves(merged(base, over))) {
        const leaf = nodeAt(node, path);
        const place = valuePlaceAt(node, path);
        const line = texts.get(place.file)?.[place.line - 1] ?? '';
        t.true(place.column <= line.length + 1, `${place.file}:${place.line}:${place.column}`);
        if (leaf?.kind !== 'scalar' || !/^[A-Za-z]+$/.test(leaf.text)) continue;
        t.is(
          line
            .slice(place.column - 1)
            .replace(/^['"]/, '')
            .slice(0, leaf.text.length),
          leaf.text,
        );
      }
    }),
  );
});
