import test from 'ava';
import { crdSchemaOf, type CrdField } from '../../tools/reference/crd-schema.ts';

/** Every field below that does not say what it is. */
function silent({ properties, items }: CrdField, place: string): string[] {
  const own = Object.entries(properties).flatMap(([name, field]) => [
    ...(field.description === '' ? [`${place}.${name}`] : []),
    ...silent(field, `${place}.${name}`),
  ]);
  return items === undefined ? own : [...own, ...silent(items, `${place}[]`)];
}

for (const plural of ['os', 'osinstances'] as const) {
  test(`every field of ${plural} says what it means, to kubectl explain and to the reference`, (t) => {
    t.deepEqual(silent(crdSchemaOf(plural), plural), []);
  });
}
