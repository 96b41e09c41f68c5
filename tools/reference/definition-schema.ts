import { z } from 'zod';
import { definitionSchema } from '../../src/builder/definition/schema.ts';

/** A part of the definition's JSON Schema; `$comment` says in words what a value has to be. */
export type SchemaNode = z.core.JSONSchema.JSONSchema;

/** The JSON Schema of what a person writes in kubeos.yaml. */
export function definitionJsonSchema(): SchemaNode {
  return z.toJSONSchema(definitionSchema, {
    io: 'input',
    override: ({ zodSchema: { _zod: schema }, jsonSchema }) => {
      const expected = (schema.def.checks ?? []).flatMap(expectationOf);
      if (expected.length > 0) jsonSchema.$comment = expected.join('; ');
    },
  });
}

/** The message of a check is what it expects; the schema gives constant ones. */
function expectationOf({ _zod: check }: z.core.$ZodCheck): string[] {
  const error: unknown = check.def.error;
  const message = isErrorMap(error) ? error({ code: 'custom' }) : undefined;
  return typeof message === 'string' ? [message] : [];
}

function isErrorMap(value: unknown): value is (issue: { code: string }) => unknown {
  return typeof value === 'function';
}

export function isNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The members of a map, with whether each has to be written. */
export function propertiesOf(node: SchemaNode): (readonly [string, SchemaNode, boolean])[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
    isNode(child) ? [[key, child, node.required?.includes(key) === true] as const] : [],
  );
}

export function variantsOf(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf ?? node.oneOf ?? [];
}
