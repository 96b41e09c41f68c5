import { z } from 'zod';

type Fields = Readonly<Record<string, unknown>>;

const fields = z.record(z.string(), z.unknown());

const objectSchema = z.object({
  metadata: z.object({
    managedFields: z
      .array(
        z.object({
          manager: z.string().default(''),
          operation: z.string().default(''),
          subresource: z.string().default(''),
          fieldsV1: fields.default({}),
        }),
      )
      .default([]),
  }),
  spec: fields.default({}),
});

/**
 * What of an object's spec a field manager has applied. The next apply of that manager has to say it again: what it does
 * not name is given up (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management).
 */
export function appliedSpec(object: unknown, manager: string): Fields {
  const { metadata, spec } = objectSchema.parse(object);
  const applied = metadata.managedFields.find(
    (one) => one.manager === manager && one.operation === 'Apply' && one.subresource === '',
  );
  const owned = fields.safeParse(applied?.fieldsV1['f:spec']);
  return owned.success ? ownedOf(spec, owned.data) : {};
}

/** FieldsV1 of meta/v1: `f:NAME` for each field; one without fields of its own is owned as a whole. */
function ownedOf(value: Fields, owned: Fields): Fields {
  return Object.fromEntries(
    Object.entries(owned).flatMap(([key, below]) => {
      const name = key.slice(2);
      if (!key.startsWith('f:') || !Object.hasOwn(value, name)) return [];
      const [inner, deeper] = [fields.safeParse(value[name]), fields.safeParse(below)];
      const isWhole = !inner.success || !deeper.success || Object.keys(deeper.data).length === 0;
      return [[name, isWhole ? value[name] : ownedOf(inner.data, deeper.data)]];
    }),
  );
}

/** Merged as the API server does: field by field, but a selector is one value (`x-kubernetes-map-type: atomic`). */
export function mergedSpec(before: Fields, asked: Fields): Fields {
  const merged = Object.entries(asked).map(([name, value]): [string, unknown] => {
    const [old, given] = [fields.safeParse(before[name]), fields.safeParse(value)];
    const isOne = name === 'selector' || !old.success || !given.success;
    return [name, isOne ? value : mergedSpec(old.data, given.data)];
  });
  return { ...before, ...Object.fromEntries(merged) };
}

/** What is left of a spec when a manager gives up what it has applied: fields that others have as well stay in the cluster. */
export function withoutSpec(spec: Fields, owned: Fields): Fields {
  return Object.fromEntries(
    Object.entries(spec).flatMap(([name, value]): (readonly [string, unknown])[] => {
      if (!Object.hasOwn(owned, name)) return [[name, value]];
      const [inner, given] = [fields.safeParse(value), fields.safeParse(owned[name])];
      if (name === 'selector' || !inner.success || !given.success) return [];
      const left = withoutSpec(inner.data, given.data);
      return Object.keys(left).length === 0 ? [] : [[name, left]];
    }),
  );
}
